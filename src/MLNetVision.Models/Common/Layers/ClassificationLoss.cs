using MLNetVision.Models.Common.Config;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Common.Layers;

/// <summary>The loss of a classification head for each problem type, as Hugging Face's image classifiers compute it.</summary>
public static class ClassificationLoss
{
    /// <summary>Computes the mean loss of a batch.</summary>
    /// <param name="logits">[N, labels], floating.</param>
    /// <param name="labels">
    /// <see cref="ProblemType.SingleLabelClassification"/>: class ids [N], int64 (−100: the row does not count).
    /// <see cref="ProblemType.MultiLabelClassification"/>: 0 or 1, [N, labels], floating.
    /// <see cref="ProblemType.Regression"/>: targets [N, labels], or [N] with one label, floating.
    /// </param>
    /// <param name="problemType">
    /// Null infers it: one label is regression, integer labels are single-label, others multi-label.
    /// </param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">The labels' shape, type or device does not fit.</exception>
    public static Tensor Compute(Tensor logits, Tensor labels, ProblemType? problemType = null)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        if (logits.dim() != 2)
        {
            throw new ArgumentException($"Expected logits [N, labels], got {Shape(logits)}.", nameof(logits));
        }

        SameDevice.Check("labels", labels, "logits", logits, nameof(labels));
        using var scope = NewDisposeScope();
        switch (problemType ?? Infer(logits, labels))
        {
            case ProblemType.SingleLabelClassification:
                Check(labels, logits.shape[..1], isFloating: false);
                return F.cross_entropy(logits, labels.to(int64)).MoveToOuterDisposeScope();
            case ProblemType.MultiLabelClassification:
                Check(labels, logits.shape, isFloating: true);
                return F.binary_cross_entropy_with_logits(logits, labels).MoveToOuterDisposeScope();
            default:
                Check(labels, logits.shape[1] == 1 && labels.dim() == 1 ? logits.shape[..1] : logits.shape, isFloating: true);
                return F.mse_loss(logits, labels.view_as(logits)).MoveToOuterDisposeScope();
        }
    }

    private static ProblemType Infer(Tensor logits, Tensor labels) =>
        logits.shape[1] == 1 ? ProblemType.Regression
        : torch.is_integral(labels) ? ProblemType.SingleLabelClassification
        : ProblemType.MultiLabelClassification;

    private static void Check(Tensor labels, long[] shape, bool isFloating)
    {
        if (!labels.shape.AsSpan().SequenceEqual(shape) || torch.is_floating_point(labels) != isFloating)
        {
            string expected = $"{(isFloating ? "floating" : "integer")} labels [{string.Join(", ", shape)}]";
            throw new ArgumentException($"Expected {expected}, got {labels.dtype} {Shape(labels)}.", nameof(labels));
        }
    }

    private static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
