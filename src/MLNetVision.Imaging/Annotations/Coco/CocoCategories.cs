using System.Text.Json;

namespace MLNetVision.Imaging.Annotations;

/// <summary>The categories of a COCO file: its ids, which may have gaps, as classes in ascending order of id.</summary>
internal sealed class CocoCategories
{
    private readonly Dictionary<long, int> _classOfId = [];

    private CocoCategories(IReadOnlyList<SegmentationClass> classes) => Classes = classes;

    public IReadOnlyList<SegmentationClass> Classes { get; }

    /// <exception cref="InvalidDataException">A category is broken, or an id or name is there twice.</exception>
    public static CocoCategories Read(JsonFileIndex file, string path)
    {
        var found = new SortedDictionary<long, SegmentationClass>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (JsonElement category in file.Parse(file.Elements("categories")))
            {
                var read = new SegmentationClass(category.Text("name"), category.Flag("isthing", absent: true));
                if (!found.TryAdd(category.Whole("id"), read) || !names.Add(read.Name))
                {
                    throw new InvalidDataException($"the category '{read.Name}' or its id is there twice");
                }
            }
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}', categories: {e.Message}", e);
        }

        var categories = new CocoCategories([.. found.Values]);
        foreach (long id in found.Keys)
        {
            categories._classOfId.Add(id, categories._classOfId.Count);
        }

        return categories;
    }

    public int ClassOf(long categoryId) =>
        _classOfId.TryGetValue(categoryId, out int index) ? index : throw new InvalidDataException($"category {categoryId} is not among the file's categories");
}
