using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Training.Batches;

namespace MLNetVision.Models.Training.Classification;

/// <summary>Sets a share of each class aside for validation.</summary>
internal static class ValidationSplit
{
    /// <summary>
    /// The two parts, each in the order of the data. Of a class with n pictures round(n · fraction) are set aside, but never
    /// all.
    /// </summary>
    public static (IImageClassificationData Training, IImageClassificationData Validation) Create(IImageClassificationData data, double fraction, int seed)
    {
        var aside = new HashSet<int>();
        foreach (IGrouping<int, int> group in Enumerable.Range(0, data.Count).GroupBy(data.ClassOf))
        {
            int[] indices = [.. group];
            new RandomStream(seed, RandomPurpose.ValidationSplit, 0, group.Key).Shuffle(indices.AsSpan());
            aside.UnionWith(indices.Take(Math.Min(indices.Length - 1, (int)Math.Round(indices.Length * fraction))));
        }

        ILookup<bool, int> parts = Enumerable.Range(0, data.Count).ToLookup(aside.Contains);
        return (new ImageSubset(data, [.. parts[false]]), new ImageSubset(data, [.. parts[true]]));
    }
}
