using SkiaSharp;

namespace MLNetVision.Imaging.Rendering;

/// <summary>
/// Draws text without any font of the system, which a server may not have: ASCII as dots, five by seven a character.
/// Other characters need a typeface of the system that has them; without one they become empty boxes.
/// </summary>
internal static class PixelFont
{
    private const int GlyphWidth = 5, GlyphHeight = 7, Advance = GlyphWidth + 1;
    private const char First = ' ', Last = '~';

    /// <summary>Five columns a character, from the blank on; the lowest bit is the top row.</summary>
    private static readonly byte[] Columns = Convert.FromHexString(
        "0000000000" + "00005F0000" + "0007000700" + "147F147F14" + "242A7F2A12" + "2313086462" + "3649562050" + "0000070300" + // space ! " # $ % & '
        "001C224100" + "0041221C00" + "2A1C7F1C2A" + "08083E0808" + "0050300000" + "0808080808" + "0000606000" + "2010080402" + // ( ) * + , - . /
        "3E5149453E" + "00427F4000" + "4261514946" + "2241494936" + "1814127F10" + "2745454539" + "3C4A494930" + "0171090503" + // 0 1 2 3 4 5 6 7
        "3649494936" + "064949291E" + "0036360000" + "0056360000" + "0814224100" + "1414141414" + "0041221408" + "0201590906" + // 8 9 : ; < = > ?
        "3E415D594E" + "7C1211127C" + "7F49494936" + "3E41414122" + "7F4141413E" + "7F49494941" + "7F09090901" + "3E41415173" + // @ A B C D E F G
        "7F0808087F" + "00417F4100" + "2040413F01" + "7F08142241" + "7F40404040" + "7F021C027F" + "7F0408107F" + "3E4141413E" + // H I J K L M N O
        "7F09090906" + "3E4151215E" + "7F09192946" + "2649494932" + "03017F0103" + "3F4040403F" + "1F2040201F" + "3F4038403F" + // P Q R S T U V W
        "6314081463" + "0304780403" + "6159494D43" + "007F414141" + "0204081020" + "004141417F" + "0402010204" + "4040404040" + // X Y Z [ \ ] ^ _
        "0003070000" + "2054545478" + "7F48444438" + "3844444428" + "384444487F" + "3854545418" + "087E090102" + "0C5252523E" + // ` a b c d e f g
        "7F08040478" + "00447D4000" + "2040443D00" + "7F10284400" + "00417F4000" + "7C04780478" + "7C08040478" + "3844444438" + // h i j k l m n o
        "7C14141408" + "081414187C" + "7C08040408" + "4854545420" + "043F444020" + "3C4040207C" + "1C2040201C" + "3C4030403C" + // p q r s t u v w
        "4428102844" + "0C5050503C" + "4464544C44" + "0008364100" + "00007F0000" + "0041360800" + "0201020402"); // x y z { | } ~

    /// <summary>The size of a line.</summary>
    /// <param name="text">The line.</param>
    /// <param name="scale">The side of a dot in pixels.</param>
    public static (int Width, int Height) Measure(string text, int scale)
    {
        if (SystemTypeface(text) is not { } typeface)
        {
            return (Math.Max(0, text.Length * Advance - 1) * scale, GlyphHeight * scale);
        }

        using (typeface)
        using (var paint = new SKPaint { Typeface = typeface, TextSize = TextSize(scale) })
        {
            return ((int)MathF.Ceiling(paint.MeasureText(text)), GlyphHeight * scale);
        }
    }

    /// <summary>Draws a line.</summary>
    /// <param name="canvas">Where to.</param>
    /// <param name="text">The line.</param>
    /// <param name="x">The left edge.</param>
    /// <param name="y">The top edge.</param>
    /// <param name="scale">The side of a dot in pixels.</param>
    /// <param name="colour">The colour.</param>
    public static void Draw(SKCanvas canvas, string text, int x, int y, int scale, SKColor colour)
    {
        using var paint = new SKPaint { Color = colour, IsAntialias = false };
        if (SystemTypeface(text) is { } typeface)
        {
            using (typeface)
            {
                (paint.Typeface, paint.TextSize, paint.IsAntialias) = (typeface, TextSize(scale), true);
                canvas.DrawText(text, x, y + GlyphHeight * scale, paint);
            }

            return;
        }

        foreach (char character in text)
        {
            DrawGlyph(canvas, character, x, y, scale, paint);
            x += Advance * scale;
        }
    }

    private static void DrawGlyph(SKCanvas canvas, char character, int x, int y, int scale, SKPaint paint)
    {
        if (character is < First or > Last)
        {
            using SKPaint frame = paint.Clone();
            frame.Style = SKPaintStyle.Stroke;
            canvas.DrawRect(x + 0.5f, y + 0.5f, GlyphWidth * scale - 1, GlyphHeight * scale - 1, frame);
            return;
        }

        for (int column = 0; column < GlyphWidth; column++)
        {
            int dots = Columns[(character - First) * GlyphWidth + column];
            for (int row = 0; row < GlyphHeight; row++)
            {
                if ((dots >> row & 1) != 0)
                {
                    canvas.DrawRect(x + column * scale, y + row * scale, scale, scale, paint);
                }
            }
        }
    }

    private static float TextSize(int scale) => GlyphHeight * scale * 1.25f;

    /// <summary>A typeface of the system for text that is not ASCII, if there is one that has its characters.</summary>
    private static SKTypeface? SystemTypeface(string text)
    {
        char other = text.FirstOrDefault(character => character is < First or > Last);
        return other == default ? null : SKFontManager.Default.MatchCharacter(other);
    }
}
