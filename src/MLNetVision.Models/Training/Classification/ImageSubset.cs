using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Training.Batches;

namespace MLNetVision.Models.Training.Classification;

/// <summary>Some pictures of other data, in a given order.</summary>
/// <param name="data">The data.</param>
/// <param name="indices">The pictures.</param>
internal sealed class ImageSubset(IImageClassificationData data, IReadOnlyList<int> indices) : IImageClassificationData
{
    /// <inheritdoc/>
    public int Count => indices.Count;

    /// <inheritdoc/>
    public int ClassOf(int index) => data.ClassOf(indices[index]);

    /// <inheritdoc/>
    public string NameOf(int index) => data.NameOf(indices[index]);

    /// <inheritdoc/>
    public long ContentOf(int index) => data.ContentOf(indices[index]);

    public RgbImage Load(int index) => data.Load(indices[index]);
}
