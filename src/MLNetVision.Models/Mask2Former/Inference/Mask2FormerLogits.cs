namespace MLNetVision.Models.Mask2Former.Inference;

/// <summary>What the queries of a batch of images predict, in memory of the caller's: no torch.</summary>
public sealed class Mask2FormerLogits
{
    /// <summary>Describes logits.</summary>
    /// <param name="classQueriesLogits">(images, queries, classes + 1); the last class is "no object".</param>
    /// <param name="masksQueriesLogits">(images, queries, height, width).</param>
    /// <param name="images">The number of images, at least 1.</param>
    /// <param name="queries">The queries of each, at least 1.</param>
    /// <param name="classes">The classes without "no object", at least 1.</param>
    /// <param name="height">The rows of a mask, at least 1.</param>
    /// <param name="width">The columns of a mask, at least 1.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public Mask2FormerLogits(
        ReadOnlyMemory<float> classQueriesLogits, ReadOnlyMemory<float> masksQueriesLogits, int images, int queries, int classes, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(images, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(queries, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (classQueriesLogits.Length != (long)images * queries * (classes + 1))
        {
            throw new ArgumentException($"Class logits of the shape ({images}, {queries}, {classes + 1}) are expected; got {classQueriesLogits.Length} numbers.", nameof(classQueriesLogits));
        }

        if (masksQueriesLogits.Length != (long)images * queries * height * width)
        {
            throw new ArgumentException($"Mask logits of the shape ({images}, {queries}, {height}, {width}) are expected; got {masksQueriesLogits.Length} numbers.", nameof(masksQueriesLogits));
        }

        (ClassQueriesLogits, MasksQueriesLogits, Images, Queries, Classes, Height, Width) = (classQueriesLogits, masksQueriesLogits, images, queries, classes, height, width);
    }

    /// <summary>The class logits, (images, queries, classes + 1); the last class is "no object".</summary>
    public ReadOnlyMemory<float> ClassQueriesLogits { get; }

    /// <summary>The mask logits, (images, queries, height, width).</summary>
    public ReadOnlyMemory<float> MasksQueriesLogits { get; }

    /// <summary>The number of images.</summary>
    public int Images { get; }

    /// <summary>The queries of each image.</summary>
    public int Queries { get; }

    /// <summary>The classes without "no object".</summary>
    public int Classes { get; }

    /// <summary>The rows of a mask.</summary>
    public int Height { get; }

    /// <summary>The columns of a mask.</summary>
    public int Width { get; }
}
