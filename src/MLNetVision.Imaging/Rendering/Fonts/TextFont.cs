using SkiaSharp;

namespace MLNetVision.Imaging.Rendering.Fonts;

/// <summary>
/// Draws smooth text with a font of the library's own, since a server may have none: a part of Open Sans with the Latin, Greek
/// and Cyrillic letters. Text with other characters takes a font of the system that has them; without one they become boxes.
/// </summary>
internal static class TextFont
{
    /// <summary>A capital letter's height as a part of the text's size.</summary>
    private const float CapitalHeight = 0.714f;

    private static readonly Lazy<SKTypeface> Own = new(Load);

    /// <summary>The width of a line.</summary>
    /// <param name="text">The line.</param>
    /// <param name="size">The font's size in pixels.</param>
    public static float Width(string text, float size)
    {
        using SKPaint paint = Paint(text, size, SKColors.Black);
        return paint.MeasureText(text);
    }

    /// <summary>Draws a line.</summary>
    /// <param name="canvas">Where to.</param>
    /// <param name="text">The line.</param>
    /// <param name="x">The left edge.</param>
    /// <param name="middle">Where the middle of the capital letters lies.</param>
    /// <param name="size">The font's size in pixels.</param>
    /// <param name="colour">The colour.</param>
    public static void Draw(SKCanvas canvas, string text, float x, float middle, float size, SKColor colour)
    {
        using SKPaint paint = Paint(text, size, colour);
        canvas.DrawText(text, x, middle + size * CapitalHeight / 2, paint);
    }

    private static SKPaint Paint(string text, float size, SKColor colour) => new()
    {
        Typeface = For(text),
        TextSize = size,
        Color = colour,
        IsAntialias = true,
        SubpixelText = true,
        HintingLevel = SKPaintHinting.NoHinting, // the same picture on every system
    };

    private static SKTypeface For(string text)
    {
        foreach (System.Text.Rune character in text.EnumerateRunes())
        {
            if (!Own.Value.ContainsGlyph(character.Value) && SKFontManager.Default.MatchCharacter(character.Value) is { } typeface)
            {
                return typeface;
            }
        }

        return Own.Value;
    }

    private static SKTypeface Load()
    {
        using Stream stream = typeof(TextFont).Assembly.GetManifestResourceStream("OpenSans-SemiBold.ttf")!;
        using SKData data = SKData.Create(stream);
        return SKTypeface.FromData(data);
    }
}
