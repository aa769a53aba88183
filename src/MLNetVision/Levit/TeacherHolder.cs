using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Training.Classification;

namespace MLNetVision.Levit;

/// <summary>Makes the teacher that the options ask for, and frees what was made for it.</summary>
internal sealed class TeacherHolder : IDisposable
{
    private readonly LevitInference? _scorer;

    public TeacherHolder(LevitTrainer.Options options, IReadOnlyList<string> labels)
    {
        if (options.Teacher is { } transformer)
        {
            Teacher = LevitTeachers.Of(transformer, options.ImageColumnName, options.TeacherScoreColumnName, labels);
        }
        else if (options.TeacherCheckpoint is { } checkpoint)
        {
            using LevitModelParameters model = LevitCheckpoint.Open(checkpoint).LoadModel();
            _scorer = LevitInference.FromWeights(model.Config, model.Module.state_dict());
            Teacher = LevitTeachers.Of(_scorer, model, labels);
        }
    }

    /// <summary>The teacher; null if the options name none.</summary>
    public DistillationTeacher? Teacher { get; }

    public void Dispose() => _scorer?.Dispose();
}
