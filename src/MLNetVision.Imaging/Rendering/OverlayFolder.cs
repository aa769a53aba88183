using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Writing;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Rendering;

/// <summary>
/// A folder of overlays. They carry a mark by which they are known again, so that only overlays are ever written over: a picture of the same name
/// stays, and the overlay takes another name.
/// </summary>
/// <param name="folder">The folder; it is made when the first overlay is written.</param>
public sealed class OverlayFolder(string folder)
{
    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Draws a picture's segments over it and writes that.</summary>
    /// <param name="name">The file's name without ending; another is found where a file of this name is no overlay, such as the picture itself, or was written by this object.</param>
    /// <param name="image">The picture.</param>
    /// <param name="result">Its segments, of the picture's size.</param>
    /// <param name="options">The drawing.</param>
    /// <returns>The file.</returns>
    /// <exception cref="ArgumentException">The segments are of another size than the picture.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public string Save(string name, RgbImage image, SegmentationResult result, SegmentationOverlayOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        byte[] png = SegmentationOverlay.ToPng(image, result, options);
        string file = Path.Combine(folder, name + ".png");
        for (int attempt = 1; _taken.Contains(file) || !MarkedPng.Overlays.MayWrite(file); attempt++)
        {
            file = Path.Combine(folder, attempt == 1 ? $"{name}-overlay.png" : $"{name}-overlay-{attempt}.png");
        }

        MarkedPng.Overlays.Write(file, png);
        _taken.Add(file);
        return file;
    }
}
