using System.Text.Json;
using MLNetVision.Imaging.Annotations.Json;

namespace MLNetVision.Imaging.Annotations.Coco;

/// <summary>
/// The categories of a COCO file: its ids, which may have gaps, as classes in ascending order of id. Categories of one name are one
/// class, and a root of all others that no annotation has (Roboflow writes one) is none.
/// </summary>
internal sealed class CocoCategories
{
    private sealed record Category(RecordKey Id, string Name, bool IsThing, string? Parent);

    private readonly Dictionary<RecordKey, int> _classOfId = [];
    private readonly List<SegmentationClass> _classes = [];
    private readonly List<string> _remarks = [];

    private CocoCategories()
    {
    }

    public IReadOnlyList<SegmentationClass> Classes => _classes;

    /// <summary>What is to be said of them.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>Reads them.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="readUsed">Reads which ids the annotations have, which takes a walk through the file; null where it cannot be told.</param>
    /// <exception cref="InvalidDataException">A category is broken, or an id is there twice with different names.</exception>
    public static CocoCategories Read(JsonFileIndex file, string path, Func<IReadOnlySet<RecordKey>>? readUsed)
    {
        var categories = new CocoCategories();
        try
        {
            categories.Add([.. file.Parse(file.Elements("categories")).Select(categories.ReadCategory)], readUsed);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}', categories: {e.Message}", e);
        }

        return categories;
    }

    public int ClassOf(RecordKey categoryId) =>
        _classOfId.TryGetValue(categoryId, out int index) ? index : throw new InvalidDataException($"category {categoryId} is not among the file's categories");

    private Category ReadCategory(JsonElement category)
    {
        RecordKey id = category.Key("id");
        string name = NameOf(category, id);
        bool isThing = category.Flag("isthing", absent: true);
        return new Category(id, name, isThing, category.Optional("supercategory") is { ValueKind: JsonValueKind.String } parent ? TextOrNull(parent) : null);
    }

    // A name that is none costs the name, not the file.
    private string NameOf(JsonElement category, RecordKey id)
    {
        if (category.Optional("name") is not { } value)
        {
            throw new InvalidDataException($"the category {id} has no 'name'");
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            return category.Key("name").ToString();
        }

        string? name = TextOrNull(value);
        if (!string.IsNullOrWhiteSpace(name))
        {
            return name;
        }

        _remarks.Add($"the name of category {id} is {(name is null ? "not valid text" : "empty")}; its class is called 'category {id}'");
        return $"category {id}";
    }

    private static string? TextOrNull(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private void Add(Category[] all, Func<IReadOnlySet<RecordKey>>? readUsed)
    {
        Category? root = RootOf(all);
        if (root is not null && readUsed?.Invoke().Contains(root.Id) == false)
        {
            _remarks.Add($"the category '{root.Name}' is the root of all others and no annotation has it: it is no class");
            all = [.. all.Where(category => category != root)];
        }

        var indexOfName = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Category category in all.OrderBy(c => c.Id.Text is not null).ThenBy(c => c.Id.Number).ThenBy(c => c.Id.Text, StringComparer.Ordinal))
        {
            if (!indexOfName.TryGetValue(category.Name, out int index))
            {
                index = _classes.Count;
                indexOfName.Add(category.Name, index);
                _classes.Add(new SegmentationClass(category.Name, category.IsThing));
            }
            else if (!_classOfId.ContainsKey(category.Id))
            {
                _remarks.Add($"the categories of the name '{category.Name}' are one class");
            }

            if (!_classOfId.TryAdd(category.Id, index) && _classOfId[category.Id] != index)
            {
                throw new InvalidDataException($"the id {category.Id} of the category '{category.Name}' is there twice");
            }
        }
    }

    private static Category? RootOf(Category[] all)
    {
        Category[] tops = [.. all.Where(category => category.Parent is null or "" or "none")];
        return all.Length > 1 && tops.Length == 1 && all.All(category => category == tops[0] || category.Parent == tops[0].Name) ? tops[0] : null;
    }
}
