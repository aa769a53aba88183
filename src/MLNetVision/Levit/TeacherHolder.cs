using Microsoft.ML.Runtime;
using MLNetVision.Internals;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Training.Classification;
using TorchSharp;

namespace MLNetVision.Levit;

/// <summary>Makes the teacher that the options ask for, and frees what was made for it.</summary>
internal sealed class TeacherHolder : IDisposable
{
    private readonly LevitScoringEngine? _engine;

    /// <param name="options">What is asked for.</param>
    /// <param name="labels">The student's classes.</param>
    /// <param name="host">Whose log is told of a download.</param>
    /// <param name="device">Where the student is trained.</param>
    /// <param name="warning">Told what is odd about the teacher's checkpoint.</param>
    public TeacherHolder(LevitTrainer.Options options, IReadOnlyList<string> labels, IHost host, torch.Device device, Action<string> warning)
    {
        if (options.Teacher is { } transformer)
        {
            Teacher = LevitTeachers.Of(transformer, options.ImageColumnName, options.TeacherScoreColumnName, labels);
        }
        else if (options.TeacherCheckpoint is { } checkpoint)
        {
            LevitCheckpoint opened = LevitCheckpoint.Open(HostDownloads.Resolve(host, checkpoint, options.Hub, options.CancellationToken));
            EngineChoice choice = EnginePolicy.ForScoring(DeviceWish.Of(device), ScoringPrecision.Single, LevitScoringEngine.HasLibTorchForm, _ => { });
            _engine = LevitScoringEngine.Of(opened, choice, new ModelOwner(typeof(LevitTrainer)), warning);
            Teacher = LevitTeachers.Of(_engine, opened.Config, opened.Preprocessing, labels);
        }
    }

    /// <summary>The teacher; null if the options name none.</summary>
    public DistillationTeacher? Teacher { get; }

    public void Dispose() => _engine?.Dispose();
}
