using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Training.Batches;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Classification;

/// <summary>The training loss: cross-entropy against smoothed and mixed labels and, with a teacher, distillation.</summary>
internal sealed class ClassificationObjective : IDisposable
{
    private const float SmallestLogProbability = -1e4f;
    private readonly LevitTrainingOptions _options;
    private readonly int _classes;
    private readonly Tensor? _classWeights;
    private readonly LevitDistillationLoss _distillation;

    public ClassificationObjective(LevitTrainingOptions options, int classes, Device device)
    {
        _options = options;
        _classes = classes;
        _classWeights = options.ClassWeights is { } weights
            ? tensor(weights.Select(weight => (float)weight).ToArray(), device: device).DetachFromDisposeScope()
            : null;
        _distillation = new LevitDistillationLoss { Kind = options.Distillation, Temperature = options.DistillationTemperature };
    }

    /// <summary>The loss of a batch, a scalar, and how many pictures were told right.</summary>
    /// <param name="student">The model that runs.</param>
    /// <param name="input">The mixed pictures as the student's input.</param>
    /// <param name="classes">int64 (batch).</param>
    /// <param name="mixing">How the pictures were mixed.</param>
    /// <param name="teaching">What <see cref="Teach"/> gave for the mixed pictures.</param>
    public (Tensor Loss, Tensor Right) Compute(LevitStudent student, Tensor input, Tensor classes, BatchMixing mixing, Tensor? teaching)
    {
        (Tensor logits, Tensor? distillationLogits) = student.Forward(input);
        Tensor targets = mixing.MixTargets(SoftTargets.Create(classes, _classes, _options.LabelSmoothing));
        Tensor right = logits.argmax(1).eq(targets.argmax(1)).sum();
        Tensor loss = SoftTargets.CrossEntropy(logits, targets, _classWeights);
        if (teaching is null)
        {
            return (loss, right);
        }

        // As log-probabilities that are finite: those of a probability of 0 are not, and soft distillation multiplies by them.
        Tensor teacher = teaching.to(logits.device).to(ScalarType.Float32).log_softmax(1).AtLeast(SmallestLogProbability);
        Tensor distillation = _distillation.Distill(distillationLogits ?? logits, teacher);
        double weight = _options.DistillationWeight;
        return (loss.Times(1 - weight).Plus(distillation.Times(weight)), right);
    }

    /// <summary>The teacher's logits for float32 (batch, 3, height, width) from 0 to 1; null where there is nothing to learn from it.</summary>
    /// <exception cref="InvalidOperationException">The answer has a wrong shape.</exception>
    public Tensor? Teach(Tensor pixels)
    {
        if (_options.Teacher is null || _options.DistillationWeight == 0)
        {
            return null;
        }

        using var _ = no_grad();
        Tensor answer = _options.Teacher(pixels);
        return answer.dim() == 2 && answer.shape[0] == pixels.shape[0] && answer.shape[1] == _classes
            ? answer
            : throw new InvalidOperationException(
                $"The teacher must give logits of the shape ({pixels.shape[0]}, {_classes}), but gave ({string.Join(", ", answer.shape)}).");
    }

    public void Dispose() => _classWeights?.Dispose();
}
