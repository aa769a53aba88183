using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Mask2Former.PostProcessing.Kernels;
using MLNetVision.Models.Mask2Former.Processing;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace MLNetVision.Models.Mask2Former.PostProcessing;

/// <summary>Turns a Mask2Former's logits into segments, for each of the three tasks.</summary>
/// <remarks>
/// The numbers are those of transformers' post_process_…_segmentation, the masks go straight to runs. Differences:
/// nothing found is an empty list; ids are unique and count from 1; fused segments are listed once, with the mean score
/// of their pixels; instances come surest first. The original's rules are options.
/// </remarks>
public static class Mask2FormerPostProcessor
{
    private delegate SegmentationResult PictureTask(ReadOnlySpan<float> probabilities, int classes, ReadOnlySpan<float> logits, MaskGeometry geometry);

    /// <summary>Gives every pixel a class; a segment holds all pixels of its class, and its score is their mean class score.</summary>
    /// <param name="classLogits">(B, Q, C + 1), the last class being "no object".</param>
    /// <param name="maskLogits">(B, Q, h, w).</param>
    /// <param name="targets">The sizes of each picture; null for 384 × 384 all.</param>
    /// <param name="options">The variant; transformers' by default.</param>
    /// <returns>One result a picture; there is no void.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit each other, or the targets do not fit them.</exception>
    public static IReadOnlyList<SegmentationResult> Semantic(
        Tensor classLogits, Tensor maskLogits, IReadOnlyList<TargetSize>? targets = null, SemanticOptions? options = null) =>
        Run(classLogits, maskLogits, targets, (options ?? new SemanticOptions()).Upsampling, SemanticPostProcessing.Run);

    /// <summary>Finds objects, which may overlap, the surest first.</summary>
    /// <param name="classLogits">(B, Q, C + 1), the last class being "no object".</param>
    /// <param name="maskLogits">(B, Q, h, w).</param>
    /// <param name="targets">The sizes of each picture; null for 384 × 384 all.</param>
    /// <param name="options">The variant; transformers' by default.</param>
    /// <returns>One result a picture.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit each other, or the targets do not fit them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static IReadOnlyList<SegmentationResult> Instance(
        Tensor classLogits, Tensor maskLogits, IReadOnlyList<TargetSize>? targets = null, InstanceOptions? options = null)
    {
        InstanceOptions chosen = options ?? new InstanceOptions();
        ThrowIfNoProbability(chosen.Threshold, nameof(InstanceOptions.Threshold));
        if (chosen.MaxInstances < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(options), chosen.MaxInstances, $"{nameof(InstanceOptions.MaxInstances)} must be at least 1.");
        }

        return Run(classLogits, maskLogits, targets, chosen.Upsampling, (probabilities, classes, logits, geometry) =>
            InstancePostProcessing.Run(probabilities, classes, logits, geometry, chosen));
    }

    /// <summary>Finds objects and stuff that do not overlap.</summary>
    /// <param name="classLogits">(B, Q, C + 1), the last class being "no object".</param>
    /// <param name="maskLogits">(B, Q, h, w).</param>
    /// <param name="targets">The sizes of each picture; null for 384 × 384 all.</param>
    /// <param name="options">The variant; transformers' by default.</param>
    /// <returns>One result a picture; pixels of no segment are void.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit each other, or the targets do not fit them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static IReadOnlyList<SegmentationResult> Panoptic(
        Tensor classLogits, Tensor maskLogits, IReadOnlyList<TargetSize>? targets = null, PanopticOptions? options = null)
    {
        PanopticOptions chosen = options ?? new PanopticOptions();
        ThrowIfNoProbability(chosen.Threshold, nameof(PanopticOptions.Threshold));
        ThrowIfNoProbability(chosen.MaskThreshold, nameof(PanopticOptions.MaskThreshold));
        ArgumentOutOfRangeException.ThrowIfNegative(chosen.OverlapMaskAreaThreshold);
        return Run(classLogits, maskLogits, targets, chosen.Upsampling, (probabilities, classes, logits, geometry) =>
            PanopticPostProcessing.Run(probabilities, classes, logits, geometry, chosen));
    }

    private static SegmentationResult[] Run(
        Tensor classLogits, Tensor maskLogits, IReadOnlyList<TargetSize>? targets, MaskUpsampling upsampling, PictureTask task)
    {
        Validate(classLogits, maskLogits, targets);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        int batch = (int)classLogits.shape[0], queries = (int)classLogits.shape[1], classes = (int)classLogits.shape[2] - 1;
        int height = (int)maskLogits.shape[2], width = (int)maskLogits.shape[3];
        float[] probabilities = Floats(classLogits.detach()).ToArray();
        for (int i = 0; i < batch * queries; i++)
        {
            Span<float> own = probabilities.AsSpan(i * (classes + 1), classes + 1);
            TensorPrimitives.Subtract(own, TensorPrimitives.Max<float>(own), own);
            TensorPrimitives.SoftMax<float>(own, own);
        }

        var results = new SegmentationResult[batch];
        for (int i = 0; i < batch; i++)
        {
            TargetSize target = targets?[i] ?? new TargetSize();
            target.Validate(i);
            MaskGeometry geometry = upsampling == MaskUpsampling.HuggingFace
                ? MaskGeometry.HuggingFace(height, width, target)
                : MaskGeometry.Original(height, width, target);
            using var image = NewDisposeScope();
            results[i] = task(
                probabilities.AsSpan(i * queries * (classes + 1), queries * (classes + 1)), classes, Floats(maskLogits.detach()[i]), geometry);
        }

        return results;
    }

    private static void Validate(Tensor classLogits, Tensor maskLogits, IReadOnlyList<TargetSize>? targets)
    {
        ArgumentNullException.ThrowIfNull(classLogits);
        ArgumentNullException.ThrowIfNull(maskLogits);
        long[] classShape = classLogits.shape, maskShape = maskLogits.shape;
        if (classShape.Length != 3 || classShape[2] < 2 || classShape.Contains(0))
        {
            throw new ArgumentException($"Class logits have the shape (batch, queries, classes + 1); got ({string.Join(", ", classShape)}).", nameof(classLogits));
        }

        if (maskShape.Length != 4 || maskShape[0] != classShape[0] || maskShape[1] != classShape[1] || maskShape.Contains(0))
        {
            throw new ArgumentException(
                $"Mask logits have the shape ({classShape[0]}, {classShape[1]}, rows, columns) beside these class logits; got ({string.Join(", ", maskShape)}).",
                nameof(maskLogits));
        }

        if (targets is not null && targets.Count != classShape[0])
        {
            throw new ArgumentException($"There are {classShape[0]} pictures, but {targets.Count} target sizes.", nameof(targets));
        }
    }

    private static void ThrowIfNoProbability(double value, string name)
    {
        if (!(value is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from 0 to 1.");
        }
    }

    private static Span<float> Floats(Tensor tensor) =>
        MemoryMarshal.Cast<byte, float>(tensor.cpu().to(ScalarType.Float32).contiguous().bytes);
}
