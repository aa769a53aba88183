using System.Text.Json;
using MLNetVision.Imaging.Annotations.Json;
using MLNetVision.Imaging.Pictures;

namespace MLNetVision.Imaging.Annotations.Coco;

/// <summary>The images of a COCO file: their numbers, files and sizes.</summary>
internal sealed class CocoImages
{
    private static readonly string[] UrlFields = ["coco_url", "flickr_url", "url"];

    private readonly IReadOnlyList<JsonFileIndex.Element> _elements;
    private readonly PictureNames _pictures;
    private readonly ExifOrientation _orientation;
    private readonly bool _haveNumbers;

    public CocoImages(JsonFileIndex file, PictureNames pictures, ExifOrientation orientation)
    {
        (_elements, _pictures, _orientation) = (file.Elements("images"), pictures, orientation);
        _haveNumbers = _elements.All(element => element.Key is not { Text: not null });
    }

    public IReadOnlyList<JsonFileIndex.Element> Elements => _elements;

    /// <summary>The name of an image in messages.</summary>
    public static string NameOf(JsonFileIndex.Element element) => $"image {element.Key?.ToString() ?? $"at byte {element.Offset}"}";

    /// <summary>The image's number: its id, or in a file with ids that are texts its place among the images, from 1.</summary>
    /// <param name="element">The image.</param>
    /// <param name="place">Its place among the images, from 0.</param>
    public long NumberOf(JsonFileIndex.Element element, int place) => element.Key is not { } key
        ? throw new InvalidDataException("the field 'id' is neither a whole number nor a text")
        : _haveNumbers ? key.Number : place + 1;

    /// <summary>The file of an image, as it is named or, without a name, as the last part of its URL. URLs are never fetched.</summary>
    public string PathOf(JsonElement image)
    {
        if (image.Optional("file_name") is null)
        {
            foreach (string field in UrlFields)
            {
                if (image.Optional(field) is { ValueKind: JsonValueKind.String } url && PictureNames.OfUrl(JsonFields.AsText(url, field)) is { } name)
                {
                    return _pictures.Find(name);
                }
            }
        }

        return _pictures.Find(image.Text("file_name"));
    }

    /// <summary>The size that is stated, or that of the picture where none is.</summary>
    public (int Height, int Width) SizeOf(JsonElement image, string path) => image.PictureSize("height", "width") ?? PictureFrame.SizeOf(path, _orientation);
}
