using MLNetVision.Imaging.Randomness;

namespace MLNetVision.Imaging.Augmentation;

/// <summary>A rectangle of whole pixels within a picture.</summary>
/// <param name="X">The left column.</param>
/// <param name="Y">The top row.</param>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
internal readonly record struct PixelArea(int X, int Y, int Width, int Height)
{
    private const int Attempts = 10;

    /// <summary>
    /// Draws a rectangle whose share of the area and whose aspect ratio (drawn log-uniformly) lie in ranges; null when none
    /// fits in ten attempts.
    /// </summary>
    public static PixelArea? Draw(int width, int height, (double Least, double Most) area, (double Least, double Most) aspect, RandomStream random)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double pixels = random.Uniform(area.Least, area.Most) * width * height;
            double ratio = Math.Exp(random.Uniform(Math.Log(aspect.Least), Math.Log(aspect.Most)));
            int boxWidth = (int)Math.Round(Math.Sqrt(pixels * ratio));
            int boxHeight = (int)Math.Round(Math.Sqrt(pixels / ratio));
            if (boxWidth >= 1 && boxHeight >= 1 && boxWidth <= width && boxHeight <= height)
            {
                return new PixelArea(random.Below(width - boxWidth + 1), random.Below(height - boxHeight + 1), boxWidth, boxHeight);
            }
        }

        return null;
    }
}
