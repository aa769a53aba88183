using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Levit;

/// <summary>What the distillation head learns from a teacher.</summary>
public enum LevitDistillation
{
    /// <summary>The teacher's most likely class, by cross-entropy (LeViT's own training).</summary>
    Hard,

    /// <summary>The teacher's distribution, by Kullback–Leibler divergence.</summary>
    Soft,
}

/// <summary>The training loss of a model with two heads: the class head learns the labels, the distillation head a teacher's answers.</summary>
/// <remarks>
/// As in Touvron et al., "Training data-efficient image transformers &amp; distillation through attention", 2021, section 4,
/// which LeViT's training uses. Hugging Face has no such loss. The teacher can be any classifier of the same classes.
/// </remarks>
public sealed class LevitDistillationLoss
{
    /// <summary>What the distillation head learns. Default <see cref="LevitDistillation.Hard"/>.</summary>
    public LevitDistillation Kind { get; init; } = LevitDistillation.Hard;

    /// <summary>The share of the distillation head's loss, 0 to 1. Default 0.5.</summary>
    public double Alpha { get; init; } = 0.5;

    /// <summary>The temperature of both distributions in <see cref="LevitDistillation.Soft"/>, above 0. Default 1.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>The label smoothing of the class head's cross-entropy, 0 to 1. Default 0.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Computes (1 − α) · cross-entropy(class head, labels) + α · distillation(distillation head, teacher).</summary>
    /// <param name="output">What the student computed in train mode.</param>
    /// <param name="labels">Class ids [N], int64, or class probabilities [N, labels] (mixup), floating.</param>
    /// <param name="teacherLogits">The teacher's logits for the same images, [N, labels], floating; no gradient flows into them.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">The shapes or the devices do not fit.</exception>
    /// <exception cref="InvalidOperationException">A setting is out of its range.</exception>
    public Tensor Compute(LevitDistillationOutput output, Tensor labels, Tensor teacherLogits)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(teacherLogits);
        Validate();
        if (!teacherLogits.shape.AsSpan().SequenceEqual(output.DistillationLogits.shape))
        {
            throw new ArgumentException(
                $"The teacher's logits are [{string.Join(", ", teacherLogits.shape)}], the student's [{string.Join(", ", output.DistillationLogits.shape)}]: teacher and student must see the same images and know the same classes.",
                nameof(teacherLogits));
        }

        SameDevice.Check("labels", labels, "student's logits", output.ClassLogits, nameof(labels));
        SameDevice.Check("teacher's logits", teacherLogits, "student's logits", output.DistillationLogits, nameof(teacherLogits));
        using var scope = NewDisposeScope();
        Tensor classLoss = F.cross_entropy(output.ClassLogits, labels, label_smoothing: LabelSmoothing);
        return classLoss.Times(1 - Alpha).Plus(Distill(output.DistillationLogits, teacherLogits.detach()).Times(Alpha)).MoveToOuterDisposeScope();
    }

    internal Tensor Distill(Tensor student, Tensor teacher)
    {
        if (Kind == LevitDistillation.Hard)
        {
            return F.cross_entropy(student, teacher.argmax(1));
        }

        Tensor divergence = F.kl_div(student.Over(Temperature).log_softmax(1), teacher.Over(Temperature).log_softmax(1), log_target: true, nn.Reduction.Sum);
        return divergence.Times(Temperature * Temperature / student.numel());
    }

    private void Validate()
    {
        if (Alpha is not (>= 0 and <= 1))
        {
            throw new InvalidOperationException($"{nameof(Alpha)} is {Alpha}; expected 0 to 1.");
        }

        if (Temperature is not (> 0 and < double.PositiveInfinity))
        {
            throw new InvalidOperationException($"{nameof(Temperature)} is {Temperature}; expected above 0.");
        }

        if (LabelSmoothing is not (>= 0 and <= 1))
        {
            throw new InvalidOperationException($"{nameof(LabelSmoothing)} is {LabelSmoothing}; expected 0 to 1.");
        }
    }
}
