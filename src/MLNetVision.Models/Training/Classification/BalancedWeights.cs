using MLNetVision.Models.Training.Batches;

namespace MLNetVision.Models.Training.Classification;

/// <summary>Weights with which each class counts as much as any other, however many pictures it has.</summary>
internal static class BalancedWeights
{
    /// <summary>pictures / (classes · pictures of the class), over the classes that have pictures; 0 for those without.</summary>
    public static IReadOnlyList<double> Of(IImageClassificationData data, int classes)
    {
        int[] pictures = new int[classes];
        for (int i = 0; i < data.Count; i++)
        {
            pictures[data.ClassOf(i)]++;
        }

        int present = pictures.Count(count => count > 0);
        return [.. pictures.Select(count => count == 0 ? 0 : data.Count / (double)present / count)];
    }
}
