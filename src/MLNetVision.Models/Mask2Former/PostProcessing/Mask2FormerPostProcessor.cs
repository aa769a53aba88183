using System.Numerics.Tensors;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Inference;
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

    private delegate ReadOnlySpan<float> PictureMasks(int image);

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

    /// <summary>Gives every pixel a class, without torch.</summary>
    /// <inheritdoc cref="Semantic(Tensor, Tensor, IReadOnlyList{TargetSize}, SemanticOptions)"/>
    /// <param name="logits">What the queries predict.</param>
    /// <param name="targets">The sizes of each picture; null for 384 × 384 all.</param>
    /// <param name="options">The variant; transformers' by default.</param>
    public static IReadOnlyList<SegmentationResult> Semantic(
        Mask2FormerLogits logits, IReadOnlyList<TargetSize>? targets = null, SemanticOptions? options = null) =>
        Run(logits, targets, (options ?? new SemanticOptions()).Upsampling, SemanticPostProcessing.Run);

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
        InstanceOptions chosen = Checked(options ?? new InstanceOptions());
        return Run(classLogits, maskLogits, targets, chosen.Upsampling, Task(chosen));
    }

    /// <summary>Finds objects, which may overlap, the surest first, without torch.</summary>
    /// <inheritdoc cref="Instance(Tensor, Tensor, IReadOnlyList{TargetSize}, InstanceOptions)"/>
    /// <param name="logits">What the queries predict.</param>
    /// <param name="targets">The sizes of each picture; null for 384 × 384 all.</param>
    /// <param name="options">The variant; transformers' by default.</param>
    public static IReadOnlyList<SegmentationResult> Instance(
        Mask2FormerLogits logits, IReadOnlyList<TargetSize>? targets = null, InstanceOptions? options = null)
    {
        InstanceOptions chosen = Checked(options ?? new InstanceOptions());
        return Run(logits, targets, chosen.Upsampling, Task(chosen));
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
        PanopticOptions chosen = Checked(options ?? new PanopticOptions());
        return Run(classLogits, maskLogits, targets, chosen.Upsampling, Task(chosen));
    }

    /// <summary>Finds objects and stuff that do not overlap, without torch.</summary>
    /// <inheritdoc cref="Panoptic(Tensor, Tensor, IReadOnlyList{TargetSize}, PanopticOptions)"/>
    /// <param name="logits">What the queries predict.</param>
    /// <param name="targets">The sizes of each picture; null for 384 × 384 all.</param>
    /// <param name="options">The variant; transformers' by default.</param>
    public static IReadOnlyList<SegmentationResult> Panoptic(
        Mask2FormerLogits logits, IReadOnlyList<TargetSize>? targets = null, PanopticOptions? options = null)
    {
        PanopticOptions chosen = Checked(options ?? new PanopticOptions());
        return Run(logits, targets, chosen.Upsampling, Task(chosen));
    }

    private static PictureTask Task(InstanceOptions options) =>
        (probabilities, classes, logits, geometry) => InstancePostProcessing.Run(probabilities, classes, logits, geometry, options);

    private static PictureTask Task(PanopticOptions options) =>
        (probabilities, classes, logits, geometry) => PanopticPostProcessing.Run(probabilities, classes, logits, geometry, options);

    private static SegmentationResult[] Run(Mask2FormerLogits logits, IReadOnlyList<TargetSize>? targets, MaskUpsampling upsampling, PictureTask task)
    {
        ArgumentNullException.ThrowIfNull(logits);
        CheckCount(targets, logits.Images);
        int length = logits.Queries * logits.Height * logits.Width;
        var shape = new LogitShape(logits.Images, logits.Queries, logits.Classes, logits.Height, logits.Width);
        return Run(logits.ClassQueriesLogits.ToArray(), image => logits.MasksQueriesLogits.Span.Slice(image * length, length), shape, targets, upsampling, task);
    }

    private static SegmentationResult[] Run(
        Tensor classLogits, Tensor maskLogits, IReadOnlyList<TargetSize>? targets, MaskUpsampling upsampling, PictureTask task)
    {
        Validate(classLogits, maskLogits, targets);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var shape = new LogitShape(
            (int)classLogits.shape[0], (int)classLogits.shape[1], (int)classLogits.shape[2] - 1, (int)maskLogits.shape[2], (int)maskLogits.shape[3]);
        DisposeScope? picture = null; // of one picture at a time: its masks may be a copy
        try
        {
            return Run(Floats(classLogits.detach()).ToArray(), Masks, shape, targets, upsampling, task);
        }
        finally
        {
            picture?.Dispose();
        }

        ReadOnlySpan<float> Masks(int image)
        {
            picture?.Dispose();
            picture = NewDisposeScope();
            return Floats(maskLogits.detach()[image]);
        }
    }

    /// <param name="probabilities">(images, queries, classes + 1): the class logits, which become probabilities.</param>
    /// <param name="masks">The mask logits of an image, (queries, rows, columns), until those of the next one are asked for.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="targets">The sizes of each picture.</param>
    /// <param name="upsampling">How masks come to them.</param>
    /// <param name="task">What is made of a picture.</param>
    private static SegmentationResult[] Run(
        float[] probabilities, PictureMasks masks, LogitShape shape, IReadOnlyList<TargetSize>? targets, MaskUpsampling upsampling, PictureTask task)
    {
        _ = KernelThreads.Count; // is libtorch here?
        (int batch, int queries, int classes, int height, int width) = shape;
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
            results[i] = task(probabilities.AsSpan(i * queries * (classes + 1), queries * (classes + 1)), classes, masks(i), geometry);
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

        CheckCount(targets, (int)classShape[0]);
    }

    private static void CheckCount(IReadOnlyList<TargetSize>? targets, int images)
    {
        if (targets is not null && targets.Count != images)
        {
            throw new ArgumentException($"There are {images} pictures, but {targets.Count} target sizes.", nameof(targets));
        }
    }

    private static InstanceOptions Checked(InstanceOptions options)
    {
        ThrowIfNoProbability(options.Threshold, nameof(InstanceOptions.Threshold));
        return options.MaxInstances < 1
            ? throw new ArgumentOutOfRangeException(nameof(options), options.MaxInstances, $"{nameof(InstanceOptions.MaxInstances)} must be at least 1.")
            : options;
    }

    private static PanopticOptions Checked(PanopticOptions options)
    {
        ThrowIfNoProbability(options.Threshold, nameof(PanopticOptions.Threshold));
        ThrowIfNoProbability(options.MaskThreshold, nameof(PanopticOptions.MaskThreshold));
        ArgumentOutOfRangeException.ThrowIfNegative(options.OverlapMaskAreaThreshold);
        return options;
    }

    private static void ThrowIfNoProbability(double value, string name)
    {
        if (!(value is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from 0 to 1.");
        }
    }

    // In the caller's dispose scope.
    private static ReadOnlySpan<float> Floats(Tensor tensor) => TensorMemory.Floats(tensor.cpu().to(ScalarType.Float32).contiguous());

    private readonly record struct LogitShape(int Images, int Queries, int Classes, int Height, int Width);
}
