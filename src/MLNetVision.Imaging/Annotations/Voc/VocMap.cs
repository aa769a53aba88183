using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;

namespace MLNetVision.Imaging.Annotations.Voc;

/// <summary>A label map of Pascal VOC's form, of indices into a palette or, as other programs write it, of their colours.</summary>
/// <param name="Height">In pixels.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Values">The values, row by row: indices, or colours as red · 65536 + green · 256 + blue.</param>
/// <param name="AreColours">Whether the values are colours.</param>
internal sealed record VocMap(int Height, int Width, int[] Values, bool AreColours)
{
    /// <summary>The colour of pixels that do not count.</summary>
    private static readonly int VoidColour = Number(VocClasses.Palette().AsSpan(3 * VocClasses.Void));

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is no PNG, or is broken.</exception>
    public static VocMap Read(string file)
    {
        try
        {
            PngLabels labels = PngLabels.Read(file);
            return new VocMap(labels.Height, labels.Width, labels.Values, AreColours: false);
        }
        catch (InvalidDataException)
        {
            return ReadColours(file);
        }
    }

    /// <summary>Whether a value marks pixels that do not count.</summary>
    public bool IsVoid(int value) => value == (AreColours ? VoidColour : VocClasses.Void);

    /// <summary>The value as the user knows it.</summary>
    public string NameOf(int value) => AreColours ? $"({value >> 16}, {(value >> 8) & 255}, {value & 255})" : $"{value}";

    /// <summary>
    /// The index of each value's class; a value without one is not there. An index into a palette is the class's place, unless the classes have
    /// colours of their own that the palette has too.
    /// </summary>
    /// <param name="classes">The classes.</param>
    /// <param name="file">The file, whose colours tell what its indices are.</param>
    public Dictionary<int, int> ClassesOf(VocClasses classes, string file)
    {
        var ofColour = new Dictionary<int, int>();
        for (int i = 0; i < classes.Colors.Count; i++)
        {
            ofColour.TryAdd(classes.Colors[i], i);
        }

        int[] colours = AreColours || classes.Colors.SequenceEqual(VocClasses.Of(classes.Names).Colors) ? Values : ReadColours(file).Values;
        var found = new Dictionary<int, int>();
        var seen = new HashSet<int>();
        for (int i = 0; i < Values.Length; i++)
        {
            if (!seen.Add(Values[i]) || IsVoid(Values[i]))
            {
                continue;
            }

            if ((AreColours || colours != Values) && ofColour.TryGetValue(colours[i], out int index))
            {
                found[Values[i]] = index;
            }
            else if (!AreColours && Values[i] < classes.Names.Count)
            {
                found[Values[i]] = Values[i];
            }
        }

        return found;
    }

    private static VocMap ReadColours(string file)
    {
        RgbImage picture = ImageDecoder.Decode(file);
        int[] values = new int[picture.Height * picture.Width];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Number(picture.Pixels[(3 * i)..]);
        }

        return new VocMap(picture.Height, picture.Width, values, AreColours: true);
    }

    private static int Number(ReadOnlySpan<byte> colour) => (colour[0] << 16) | (colour[1] << 8) | colour[2];
}
