using System.Globalization;
using System.Text;

namespace MLNetVision.Imaging.Annotations.Voc;

/// <summary>The classes of a data set of Pascal VOC's form: index and colour of each in label maps.</summary>
/// <param name="Names">The names by index; index 0 is the background.</param>
/// <param name="Colors">Their colours, as red · 65536 + green · 256 + blue.</param>
internal sealed record VocClasses(IReadOnlyList<string> Names, IReadOnlyList<int> Colors)
{
    /// <summary>The file in which data sets with classes of their own have them, a line each: name:red,green,blue:parts:actions.</summary>
    public const string FileName = "labelmap.txt";

    public const string Background = "background";

    /// <summary>The index of pixels that do not count.</summary>
    public const int Void = 255;

    /// <summary>Indices of classes and objects lie between background and void.</summary>
    public const int Most = 254;

    /// <summary>The twenty classes of the challenge (Everingham et al., 2010).</summary>
    private static readonly string[] Challenge =
    [
        Background, "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep",
        "sofa", "train", "tvmonitor",
    ];

    /// <summary>The classes of the challenge.</summary>
    public static VocClasses Default { get; } = Of(Challenge);

    /// <summary>Classes by index, with VOC's colours.</summary>
    public static VocClasses Of(IReadOnlyList<string> names) => new(names, [.. names.Select((_, index) => ColorOf(index))]);

    /// <summary>The palette of VOC's label maps: red, green and blue of all 256 indices, the bits of an index spread over the three from the highest down.</summary>
    public static byte[] Palette() => [.. Enumerable.Range(0, 256).SelectMany(index => new[] { (byte)(ColorOf(index) >> 16), (byte)(ColorOf(index) >> 8), (byte)ColorOf(index) })];

    /// <summary>The classes of a data set: those of its labelmap.txt, or the challenge's.</summary>
    /// <exception cref="InvalidDataException">The file is broken.</exception>
    public static VocClasses OfFolder(string folder)
    {
        string file = Path.Combine(folder, FileName);
        return File.Exists(file) ? Read(file) : Default;
    }

    /// <summary>The text of labelmap.txt.</summary>
    public string ToText()
    {
        var text = new StringBuilder("# label:color_rgb:parts:actions\n");
        for (int i = 0; i < Names.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Names[i]}:{Colors[i] >> 16},{(Colors[i] >> 8) & 255},{Colors[i] & 255}::\n");
        }

        return text.ToString();
    }

    // The background may stand in any line; its colour is black.
    private static VocClasses Read(string file)
    {
        var classes = new List<(string Name, int Color)>();
        foreach (string line in File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            string[] fields = line.Split(':');
            byte[] color = fields.Length < 2 || fields[1].Length == 0 ? [] : [.. fields[1].Split(',').Select(part => byte.TryParse(part, NumberStyles.Integer, CultureInfo.InvariantCulture, out byte value)
                ? value : throw new InvalidDataException($"'{file}': the line '{line}' has no colour of three numbers from 0 to 255."))];
            classes.Add((fields[0].Trim(), color.Length switch
            {
                0 => ColorOf(classes.Count),
                3 => (color[0] << 16) | (color[1] << 8) | color[2],
                _ => throw new InvalidDataException($"'{file}': the line '{line}' has no colour of three numbers from 0 to 255."),
            }));
        }

        if (classes.FindIndex(found => found.Name == Background) is var place && place != 0)
        {
            (string, int) background = place < 0 ? (Background, 0) : classes[place];
            classes.RemoveAll(found => found.Name == Background);
            classes.Insert(0, background);
        }

        return classes.Count is > 1 and <= Most + 1 && classes.DistinctBy(found => found.Name).Count() == classes.Count
            ? new VocClasses([.. classes.Select(found => found.Name)], [.. classes.Select(found => found.Color)])
            : throw new InvalidDataException($"'{file}' has {classes.Count - 1} classes; expected 1 to {Most} of different names.");
    }

    private static int ColorOf(int index)
    {
        (int red, int green, int blue) = (0, 0, 0);
        for (int bit = 7, rest = index; bit >= 0; bit--, rest >>= 3)
        {
            red |= (rest & 1) << bit;
            green |= ((rest >> 1) & 1) << bit;
            blue |= ((rest >> 2) & 1) << bit;
        }

        return (red << 16) | (green << 8) | blue;
    }
}
