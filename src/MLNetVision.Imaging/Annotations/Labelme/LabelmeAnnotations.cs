using System.Text.Json;
using MLNetVision.Imaging.Annotations.Json;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations.Labelme;

/// <summary>
/// A folder of JSON files of labelme and its successors, one for each picture. Shapes of one label and one group_id are one object.
/// </summary>
public static class LabelmeAnnotations
{
    /// <summary>What labelme's own converters take for no class.</summary>
    private static readonly string[] NoClasses = ["__ignore__", "_background_"];

    /// <summary>What the records of a folder share.</summary>
    private sealed record Context(string Folder, Dictionary<string, int> ClassOfLabel, PictureNames Pictures, SegmentationLoadOptions Options);

    /// <summary>A shape that is an object or a part of one.</summary>
    private sealed record Piece(int Class, RunLengthMask Mask);

    /// <summary>Reads the labels of a folder's files, which are the classes, sorted; the shapes are read later.</summary>
    /// <param name="folder">The folder; pictures are where the files say, counted from the file, or beside it.</param>
    /// <param name="options">How it is read; the defaults if null.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no annotation.</exception>
    public static AnnotationSource Open(string folder, SegmentationLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new SegmentationLoadOptions();
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        }

        string[] files = [.. FileEndings.Of(FolderFiles.Below(folder), ".json").Order(StringComparer.Ordinal)];
        if (files.Length == 0)
        {
            throw new InvalidDataException($"'{folder}' holds no *.json file.");
        }

        string[] labels = [.. files.SelectMany(LabelsOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Dictionary<string, int> classOfLabel = labels.Index().ToDictionary(label => label.Item, label => label.Index, StringComparer.Ordinal);
        var context = new Context(folder, classOfLabel, new PictureNames(folder, options.AllowOutsideFolder), options);
        return new AnnotationSource(folder, [.. labels.Select(label => new SegmentationClass(label, IsThing: true))],
            [.. files.Select((file, id) => new AnnotationRecord(Path.GetRelativePath(folder, file), () => Read(file, id, context)))]);
    }

    /// <summary>The labels of a file's shapes that are objects; what is broken has none here and is reported when its row is read.</summary>
    private static string[] LabelsOf(string file)
    {
        try
        {
            using JsonDocument document = JsonFields.ParseFile(file);
            return [.. document.RootElement.List("shapes").EnumerateArray().Where(shape => !LabelmeShapes.IsHelp(shape)).Select(LabelOrNull).OfType<string>().Except(NoClasses)];
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? LabelOrNull(JsonElement shape)
    {
        try
        {
            return LabelOf(shape);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    // A number becomes a name; space around a name is none of it, as in labelme.
    private static string LabelOf(JsonElement shape) =>
        shape.Required("label") is { ValueKind: JsonValueKind.Number } number ? RecordKey.Of(number)?.ToString() ?? number.GetRawText()
        : shape.Text("label").Trim() is { Length: > 0 } label ? label : throw new InvalidDataException("its label is empty");

    private static AnnotatedImage Read(string file, long id, Context context)
    {
        using JsonDocument document = JsonFields.ParseFile(file);
        JsonElement root = document.RootElement;
        JsonElement shapes = root.List("shapes");
        string path = PathOf(root, file, context);
        (int height, int width) = root.PictureSize("imageHeight", "imageWidth") ?? PictureFrame.SizeOf(path, context.Options.Orientation);
        var budget = new OutlineBudget();
        var notes = new AnnotationNotes();
        var objects = new Dictionary<(int Class, string? Group, int Shape), List<RunLengthMask>>();
        foreach ((int index, JsonElement shape) in shapes.EnumerateArray().Index())
        {
            string Name() => $"shape {index}";
            if (LabelmeShapes.IsHelp(shape) || NoClasses.Contains(LabelOrNull(shape)))
            {
                notes.Remark($"{Name()}: '{LabelOrNull(shape)}', a {LabelmeShapes.KindOf(shape)}, is no object and is passed over");
            }
            else if (notes.Try(Name, () => new Piece(ClassOf(shape, context), LabelmeShapes.Read(shape, height, width, budget))) is { } piece)
            {
                string? group = GroupOf(shape);
                (int Class, string? Group, int Shape) key = (piece.Class, group, group is null ? index : -1);
                objects.TryAdd(key, []);
                objects[key].Add(piece.Mask);
            }
        }

        List<AnnotatedSegment> segments = [.. objects.Select(item => AnnotatedSegment.Of(item.Key.Class, RunLengthMask.Union([.. item.Value])))];
        return new AnnotatedImage(Path.GetFullPath(path), id, height, width, segments) { Notes = notes.All };
    }

    private static int ClassOf(JsonElement shape, Context context) =>
        context.ClassOfLabel.TryGetValue(LabelOf(shape), out int index) ? index : throw new InvalidDataException("the file has changed since its labels were read");

    // An empty text is none.
    private static string? GroupOf(JsonElement shape) => shape.Optional("group_id") is { } group && RecordKey.Of(group)?.ToString() is { } id && !string.IsNullOrWhiteSpace(id) ? id : null;

    // Files are moved about with their pictures, and keep the name of where they were made: then the picture lies beside them.
    private static string PathOf(JsonElement root, string file, Context context)
    {
        string folder = Path.GetDirectoryName(file)!;
        string? named = null;
        InvalidDataException? refused = null;
        try
        {
            named = context.Pictures.Find(root.Text("imagePath"), folder);
        }
        catch (InvalidDataException e)
        {
            refused = e;
        }

        if (named is not null && File.Exists(named))
        {
            return named;
        }

        string stem = Path.GetFileNameWithoutExtension(file);
        string[] beside = [.. FileEndings.Pictures(Directory.EnumerateFiles(folder, stem + ".*")).Where(path => Path.GetFileNameWithoutExtension(path) == stem)];
        return beside.Length == 1 ? beside[0]
            : context.Options.RequireImages && root.Optional("imageData") is not null
                ? throw new InvalidDataException($"the picture '{named ?? Path.Combine(folder, stem)}' does not exist; the file holds a copy (imageData), which is not read: save it as a picture beside the file")
            : named ?? throw refused!;
    }
}
