using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations.Voc;

/// <summary>
/// Pascal VOC's XML files, one for each picture, with boxes whose corners are pixels counted from 1, both within. Objects that are
/// marked as difficult are crowds, which count neither for nor against a model. The label maps of VOC's SegmentationClass folder
/// are those of <see cref="LabelMaps.SemanticMasks"/>.
/// </summary>
public static class VocAnnotations
{
    private static readonly XmlReaderSettings Settings = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };

    private const int DeepestElement = 64;

    /// <summary>What the records of a folder share.</summary>
    private sealed record Context(string AnnotationFolder, Dictionary<string, int> ClassOfName, PictureNames Pictures, SegmentationLoadOptions Options)
    {
        /// <summary>Pictures by their name without ending, in the folders of their annotations or without.</summary>
        public required Lazy<ILookup<string, string>> PicturesByStem { get; init; }
    }

    /// <summary>Reads the classes of a folder's files, sorted; the boxes are read later.</summary>
    /// <param name="annotationFolder">The folder of XML files.</param>
    /// <param name="imageFolder">The folder of pictures; null for JPEGImages beside, or where there is none the folder itself.</param>
    /// <param name="options">How it is read; the defaults if null.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no annotation.</exception>
    public static AnnotationSource Open(string annotationFolder, string? imageFolder = null, SegmentationLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(annotationFolder);
        options ??= new SegmentationLoadOptions();
        string[] files = [.. FileEndings.Of(FolderFiles.Below(annotationFolder), ".xml").Order(StringComparer.Ordinal)];
        if (files.Length == 0)
        {
            throw new InvalidDataException($"'{annotationFolder}' holds no *.xml file.");
        }

        string beside = Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(annotationFolder))) ?? annotationFolder, "JPEGImages");
        string images = imageFolder ?? (Directory.Exists(beside) ? beside : annotationFolder);
        string[] names = [.. files.SelectMany(NamesOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var context = new Context(annotationFolder, names.Index().ToDictionary(name => name.Item, name => name.Index, StringComparer.Ordinal), new PictureNames(images, options.AllowOutsideFolder), options)
        {
            PicturesByStem = new(() => Directory.Exists(images) ? FileEndings.Pictures(FolderFiles.Below(images)).ToLookup(file => StemOf(images, file), StringComparer.Ordinal) : Array.Empty<string>().ToLookup(file => file)),
        };
        return new AnnotationSource(annotationFolder, [.. names.Select(name => new SegmentationClass(name, IsThing: true))],
            [.. files.Select((file, id) => new AnnotationRecord(Path.GetRelativePath(annotationFolder, file), () => Read(file, id, context)))]);
    }

    /// <summary>Whether a file is one of VOC's.</summary>
    internal static bool IsAnnotation(string file) => Load(file) is var root && (root.Element("object") ?? root.Element("size")) is not null;

    /// <summary>The classes of a file; a broken one has none here and is reported when its row is read.</summary>
    private static string[] NamesOf(string file)
    {
        try
        {
            return [.. Load(file).Elements("object").Select(item => item.Element("name")?.Value.Trim()).OfType<string>().Where(name => name.Length > 0)];
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static XElement Load(string file)
    {
        try
        {
            CheckDepth(file);
            using FileStream stream = File.OpenRead(file);
            using var reader = XmlReader.Create(stream, Settings);
            return XElement.Load(reader) is { Name.LocalName: "annotation" } root ? root : throw new InvalidDataException("the file has no 'annotation' at its root");
        }
        catch (XmlException e)
        {
            throw new InvalidDataException($"the file is not valid XML: {e.Message}", e);
        }
    }

    // Each element of a tree is compared with all those around it, which of a few hundred thousand takes minutes.
    private static void CheckDepth(string file)
    {
        using FileStream stream = File.OpenRead(file);
        using var reader = XmlReader.Create(stream, Settings);
        while (reader.Read())
        {
            if (reader.Depth > DeepestElement)
            {
                throw new InvalidDataException($"the file's elements lie in each other more than {DeepestElement} deep");
            }
        }
    }

    private static AnnotatedImage Read(string file, long id, Context context)
    {
        XElement root = Load(file);
        string path = PathOf(root, file, context);
        XElement? size = root.Element("size");
        (int height, int width) = Side(size, "height") is > 0 and var h && Side(size, "width") is > 0 and var w ? (h, w) : PictureFrame.SizeOf(path, context.Options.Orientation);
        var notes = new AnnotationNotes();
        var segments = new List<AnnotatedSegment>();
        foreach ((int index, XElement item) in root.Elements("object").Index())
        {
            if (notes.Try(() => $"object {index}", () => ReadObject(item, context)) is { } segment)
            {
                segments.Add(segment);
            }
        }

        return new AnnotatedImage(Path.GetFullPath(path), id, height, width, segments) { Notes = notes.All };
    }

    // Where the stated name is not there, as of files that were renamed, saved in another format, or whose tool wrote no ending, VOC's own rule counts: the
    // picture is called as its annotations are.
    private static string PathOf(XElement root, string file, Context context)
    {
        string stem = StemOf(context.AnnotationFolder, file);
        string name = root.Element("filename")?.Value.Trim() is { Length: > 0 } stated ? stated : Path.GetFileNameWithoutExtension(file) + ".jpg";
        string path = context.Pictures.Find(FileEndings.IsPicture(name) || FileEndings.IsUnreadable(name) ? name : name + ".jpg");
        if (File.Exists(path))
        {
            return path;
        }

        string[] called = [.. context.PicturesByStem.Value[stem]];
        return called.Length == 1 ? called[0] : path;
    }

    private static string StemOf(string folder, string file) => Path.ChangeExtension(Path.GetRelativePath(folder, file), null);

    private static int Side(XElement? size, string name) =>
        double.TryParse(size?.Element(name)?.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double side) && side is > 0 and < int.MaxValue && side == Math.Floor(side) ? (int)side : 0;

    private static AnnotatedSegment ReadObject(XElement item, Context context)
    {
        int index = item.Element("name")?.Value.Trim() is { } name && context.ClassOfName.TryGetValue(name, out int found) ? found : throw new InvalidDataException("it has no name");
        XElement corners = item.Element("bndbox") ?? throw new InvalidDataException("it has no 'bndbox'");
        double Number(string side) => double.TryParse(corners.Element(side)?.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw new InvalidDataException($"'{side}' of its box is no number");
        BoundingBox box = BoundingBox.FromCorners(Number("xmin") - 1, Number("ymin") - 1, Number("xmax"), Number("ymax"));
        return box.Width > 0 && box.Height > 0
            ? AnnotatedSegment.Of(index, box) with { IsCrowd = item.Element("difficult")?.Value.Trim().ToLowerInvariant() is "1" or "true" }
            : throw new InvalidDataException("its box is empty");
    }
}
