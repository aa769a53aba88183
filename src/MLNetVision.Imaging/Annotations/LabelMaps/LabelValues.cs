using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;

namespace MLNetVision.Imaging.Annotations.LabelMaps;

/// <summary>The values of label maps as classes: in their order, by a table, or by colours.</summary>
internal sealed class LabelValues
{
    private readonly SemanticMaskOptions _options;
    private readonly int[] _classOfPlace;
    private readonly Dictionary<int, int>? _classOfValue;

    /// <exception cref="ArgumentException">A table names a class that is not there, or there are two tables.</exception>
    public LabelValues(IReadOnlyList<string> classes, SemanticMaskOptions options)
    {
        // Classes of one name are one class.
        List<string> names = [.. classes.Distinct(StringComparer.Ordinal)];
        (_options, _classOfPlace) = (options, [.. classes.Select(name => names.IndexOf(name))]);
        if (options.Values is not null && options.Colors is not null)
        {
            throw new ArgumentException($"{nameof(SemanticMaskOptions)}.{nameof(options.Values)} and {nameof(options.Colors)} exclude each other.");
        }

        if (options.Colors is { } colours)
        {
            _classOfValue = colours.ToDictionary(item => Number(item.Key.R, item.Key.G, item.Key.B), item => IndexOf(item.Value));
        }
        else if (options.Values is { } values)
        {
            _classOfValue = values.ToDictionary(item => item.Key, item => IndexOf(item.Value));
        }

        int IndexOf(string name)
        {
            int index = names.IndexOf(name);
            return index >= 0 ? index : throw new ArgumentException($"The class '{name}' of a value is not among the classes: {string.Join(", ", classes.Take(20))}.");
        }
    }

    /// <summary>A map's segments, one for each class present, and its values without a class.</summary>
    /// <exception cref="InvalidDataException">The file is no label map.</exception>
    public (int Height, int Width, List<AnnotatedSegment> Segments, Dictionary<string, (long Pixels, bool IsIgnored)> WithoutClass) Read(string file)
    {
        (int height, int width, int[] map) = _options.Colors is null ? ReadValues(file) : ReadColours(file);
        var found = new SortedDictionary<int, List<RunLengthMask>>();
        var withoutClass = new Dictionary<string, (long Pixels, bool IsIgnored)>(StringComparer.Ordinal);
        foreach ((int value, RunLengthMask mask) in LabelMap.ToMasks(map, height, width))
        {
            if (ClassOf(value) is { } index)
            {
                found.TryAdd(index, []);
                found[index].Add(mask);
            }
            else
            {
                withoutClass.Add(NameOf(value), (mask.Area, _options.Colors is null && value == _options.IgnoreIndex));
            }
        }

        // Several values may be one class.
        return (height, width, [.. found.Select(item => AnnotatedSegment.Of(item.Key, RunLengthMask.Union([.. item.Value])))], withoutClass);
    }

    private int? ClassOf(int value)
    {
        if (_classOfValue is not null)
        {
            return _classOfValue.TryGetValue(value, out int index) ? index : null;
        }

        return value != _options.IgnoreIndex && (long)value - _options.FirstIndex is >= 0 and var place && place < _classOfPlace.Length ? _classOfPlace[place] : null;
    }

    private static (int Height, int Width, int[] Map) ReadValues(string file)
    {
        PngLabels labels = PngLabels.Read(file);
        return (labels.Height, labels.Width, labels.Values);
    }

    private static (int Height, int Width, int[] Map) ReadColours(string file)
    {
        RgbImage picture = ImageDecoder.Decode(file);
        int[] map = new int[picture.Height * picture.Width];
        ReadOnlySpan<byte> pixels = picture.Pixels;
        for (int i = 0; i < map.Length; i++)
        {
            map[i] = Number(pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]);
        }

        return (picture.Height, picture.Width, map);
    }

    private string NameOf(int value) => _options.Colors is null ? $"{value}" : $"({value >> 16}, {(value >> 8) & 255}, {value & 255})";

    private static int Number(byte red, byte green, byte blue) => (red << 16) | (green << 8) | blue;
}
