namespace MLNetVision.Models.Pipelines;

/// <summary>A class with its probability.</summary>
/// <param name="ClassId">The class, from 0.</param>
/// <param name="Name">Its name, as config.json has it (id2label).</param>
/// <param name="Probability">0 to 1; NaN if the network's weights are not finite.</param>
public readonly record struct ClassProbability(int ClassId, string Name, float Probability);

/// <summary>What a classifier says of a picture: a probability for each class.</summary>
public sealed class Classification
{
    private readonly IReadOnlyList<string> _names;
    private readonly float[] _probabilities;

    internal Classification(IReadOnlyList<string> names, float[] probabilities) => (_names, _probabilities) = (names, probabilities);

    /// <summary>The probabilities by class; they add up to 1.</summary>
    public IReadOnlyList<float> Probabilities => _probabilities;

    /// <summary>The most probable class; of equal ones the first.</summary>
    public ClassProbability Best => Top(1)[0];

    /// <summary>The most probable classes, the most probable first; equal ones in the order of classes.</summary>
    /// <param name="count">How many, at least 1; all, if there are fewer.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public IReadOnlyList<ClassProbability> Top(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return [.. Order(_probabilities).Take(count).Select(i => new ClassProbability(i, _names[i], _probabilities[i]))];
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Top(Math.Min(5, _probabilities.Length)).Select(item => $"{item.Name} {item.Probability:p1}"));

    /// <summary>The indices of values in descending order of the values; equal ones in ascending order of index.</summary>
    internal static int[] Order(float[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort(order, (x, y) => values[x] == values[y] ? x.CompareTo(y) : values[y].CompareTo(values[x]));
        return order;
    }
}
