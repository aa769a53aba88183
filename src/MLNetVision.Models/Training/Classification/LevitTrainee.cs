using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.State;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Classification;

/// <summary>A LeViT classifier in training: its recipe's decay, the frozen stages, the copy that runs in bfloat16.</summary>
internal sealed class LevitTrainee : ITrainee
{
    private readonly double _weightDecay;

    public LevitTrainee(LevitStudent student, LevitTrainingOptions options)
    {
        _weightDecay = options.WeightDecay;
        Student = student;
        RunningStudent = options.Precision == TrainingPrecision.BFloat16 ? student.CreateBFloat16() : student;
        int frozen = options.FreezeBackbone ? student.Config.Depths.Count : options.FrozenStages;
        Frozen = [.. Student.First(frozen), .. RunningStudent.First(frozen)];
    }

    /// <summary>The model whose weights are kept.</summary>
    public LevitStudent Student { get; }

    /// <summary>The model that computes the forward and backward passes.</summary>
    public LevitStudent RunningStudent { get; }

    public nn.Module Kept => Student.Module;

    public nn.Module Running => RunningStudent.Module;

    public IReadOnlyList<nn.Module> Frozen { get; }

    public Generator Randomness => RunningStudent.DropPath;

    /// <summary>LeViT's recipe: what multiplies an input decays; biases, normalisation weights and attention biases do not.</summary>
    public double WeightDecay(string name, Tensor parameter) =>
        parameter.dim() >= 2 && !name.EndsWith("attention_biases", StringComparison.Ordinal) ? _weightDecay : 0;

    public double LearningRateScale(string name) => 1;

    public void Dispose()
    {
        if (RunningStudent != Student)
        {
            Running.Dispose();
        }
    }
}
