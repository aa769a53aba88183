using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;

namespace DrawScenes;

/// <summary>Real handwritten digits, read from a folder for each label.</summary>
internal static class DigitStamps
{
    public static IReadOnlyList<StampClass> Load(string folder) =>
        [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal).Select(label => new StampClass(
            Path.GetFileName(label),
            [.. Directory.GetFiles(label, "*.png").Order(StringComparer.Ordinal).Select(Read)]))];

    private static Stamp Read(string file)
    {
        RgbImage image = ImageDecoder.Decode(file);
        return (x, y) => Bilinear(image, x * image.Width - 0.5, y * image.Height - 0.5);
    }

    private static double Bilinear(RgbImage image, double x, double y)
    {
        int left = (int)Math.Floor(x);
        int top = (int)Math.Floor(y);
        double dx = x - left;
        double dy = y - top;
        return (1 - dy) * ((1 - dx) * At(image, left, top) + dx * At(image, left + 1, top))
            + dy * ((1 - dx) * At(image, left, top + 1) + dx * At(image, left + 1, top + 1));
    }

    private static double At(RgbImage image, int x, int y) =>
        x < 0 || y < 0 || x >= image.Width || y >= image.Height ? 0 : image.Pixels[(y * image.Width + x) * 3] / 255.0;
}
