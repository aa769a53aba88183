using System.Globalization;

namespace MLNetVision.Models.Common.Weights;

/// <summary>A part of a model's weights: those whose keys begin with the same names. A layer asks for its own by their last name.</summary>
/// <param name="source">All weights.</param>
/// <param name="prefix">The names so far, with dots between them; empty for the whole model.</param>
internal sealed class WeightScope(IWeightSource source, string prefix = "")
{
    /// <summary>The weights of a part of this part.</summary>
    public WeightScope In(string name) => new(source, Key(name));

    /// <summary>The weights of a numbered part, such as a layer in a list.</summary>
    public WeightScope In(int index) => In(index.ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether there is a tensor of this name.</summary>
    public bool Has(string name) => source.ShapeOf(Key(name)) is not null;

    /// <summary>Reads a tensor of exactly this shape, in row-major order.</summary>
    /// <exception cref="InvalidDataException">There is none, or it has another shape; the message names its key.</exception>
    public float[] Read(string name, params ReadOnlySpan<int> shape)
    {
        string key = Key(name);
        IReadOnlyList<long> stored = Shape(key);
        bool fits = stored.Count == shape.Length;
        for (int i = 0; fits && i < shape.Length; i++)
        {
            fits = stored[i] == shape[i];
        }

        return fits ? source.Read(key) : throw Misfit(key, stored, $"[{string.Join(", ", shape.ToArray())}]");
    }

    /// <summary>Reads the first rows of a matrix that may have more: what a config can have fewer of than the checkpoint.</summary>
    /// <exception cref="InvalidDataException">There is none, or it has fewer rows or other columns; the message names its key.</exception>
    public float[] ReadRows(string name, int rows, int columns)
    {
        string key = Key(name);
        IReadOnlyList<long> stored = Shape(key);
        if (stored.Count != 2 || stored[0] < rows || stored[1] != columns)
        {
            throw Misfit(key, stored, $"at least {rows} rows of {columns} numbers");
        }

        float[] values = source.Read(key);
        return values.Length == rows * columns ? values : values[..(rows * columns)];
    }

    private string Key(string name) => prefix.Length == 0 ? name : $"{prefix}.{name}";

    private IReadOnlyList<long> Shape(string key) =>
        source.ShapeOf(key) ?? throw new InvalidDataException($"The weights lack '{key}', which a model of this config has.");

    private static InvalidDataException Misfit(string key, IReadOnlyList<long> stored, string expected) =>
        new($"'{key}' is [{string.Join(", ", stored)}]; a model of this config has {expected} there.");
}
