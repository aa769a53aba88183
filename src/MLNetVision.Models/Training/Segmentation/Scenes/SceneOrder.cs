using MLNetVision.Models.Training.Batches;

namespace MLNetVision.Models.Training.Segmentation.Scenes;

/// <summary>
/// The order of the pictures: passes over the data, each in an order that depends on seed and pass only. With repeat-factor
/// sampling (Gupta et al. 2019, section 5.2) pictures of rare classes come several times a pass.
/// </summary>
internal sealed class SceneOrder
{
    private readonly double[] _factors;
    private readonly EpochOrder _passes;
    private readonly List<long> _begins = [0];

    public SceneOrder(ISegmentationData data, double? repeatThreshold, int seed)
    {
        _factors = repeatThreshold is { } threshold ? RepeatFactors(data, threshold) : [.. Enumerable.Repeat(1.0, data.Count)];
        _passes = new EpochOrder(seed, _factors);
    }

    /// <summary>How often each picture comes in a pass, on average.</summary>
    public IReadOnlyList<double> Factors => _factors;

    /// <summary>The picture at a position, counted over all passes; safe from several threads.</summary>
    public int At(long sample)
    {
        long pass;
        long begin;
        lock (_begins)
        {
            while (_begins[^1] <= sample)
            {
                _begins.Add(_begins[^1] + _passes.Of(_begins.Count - 1).Length);
            }

            int after = _begins.BinarySearch(sample + 1);
            pass = (after >= 0 ? after : ~after) - 1;
            begin = _begins[(int)pass];
        }

        return _passes.Of(pass)[sample - begin];
    }

    // A picture's factor is that of its rarest class, max(1, √(threshold / share of pictures with the class)).
    private static double[] RepeatFactors(ISegmentationData data, double threshold)
    {
        var pictures = new Dictionary<int, int>();
        HashSet<int>[] classes = [.. Enumerable.Range(0, data.Count).Select(i => data.ClassesOf(i).ToHashSet())];
        foreach (int value in classes.SelectMany(present => present))
        {
            pictures[value] = pictures.GetValueOrDefault(value) + 1;
        }

        double Factor(int value) => Math.Max(1, Math.Sqrt(threshold * data.Count / pictures[value]));
        return [.. classes.Select(present => present.Select(Factor).DefaultIfEmpty(1).Max())];
    }
}
