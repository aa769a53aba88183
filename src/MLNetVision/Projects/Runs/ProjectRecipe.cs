using System.Text.Json;
using Microsoft.ML;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Records;
using MLNetVision.Projects.Sets;
using MLNetVision.Training;

namespace MLNetVision.Projects.Runs;

/// <summary>The training of one kind of network for a project.</summary>
internal abstract class ProjectRecipe(ProjectSettings settings, ProjectSets sets) : IDisposable
{
    /// <summary>A step, or a measurement with its score.</summary>
    public delegate void Reached(TrainingProgress step, double? score);

    public ProjectSettings Settings => settings;

    public ProjectSets Sets => sets;

    /// <summary>What the network measures itself by, in the words of projects.</summary>
    public abstract string Metric { get; }

    /// <summary>The classes that the network learns.</summary>
    public abstract IReadOnlyList<string> ClassNames { get; }

    /// <summary>The trained pipeline.</summary>
    public abstract ITransformer Model { get; }

    /// <summary>What its training measured.</summary>
    public abstract TrainingRecord Record { get; }

    /// <summary>What is settled.</summary>
    public abstract RecipePlan Resolve(CancellationToken cancellation);

    /// <summary>Trains.</summary>
    public abstract void Fit(string stateFolder, Reached reached, CancellationToken cancellation);

    /// <summary>Writes the network in Hugging Face's form.</summary>
    public abstract void SaveCheckpoint(string folder);

    /// <summary>Evaluates the model.</summary>
    /// <param name="ml">Where it computes.</param>
    /// <param name="data">The pictures and their truth.</param>
    /// <param name="title">The heading of the report.</param>
    /// <param name="checkpoint">The folder of the model's checkpoint.</param>
    /// <param name="withTraining">Whether the curves of the training are shown.</param>
    /// <param name="pool">An evaluation of other pictures, by another model, that is shown these too; null for none.</param>
    public abstract ProjectEvaluation Evaluate(MLContext ml, IDataView data, string title, string checkpoint, bool withTraining = true, ProjectEvaluation? pool = null);

    /// <summary>Writes how the data are made up.</summary>
    public abstract LabelCounts SaveSummary(MLContext ml, string folder);

    public abstract void Dispose();
}

/// <summary>What a recipe settled.</summary>
/// <param name="Start">What the training begins with.</param>
/// <param name="ImageSize">The side of the input or of the crops.</param>
/// <param name="Epochs">The passes, where they are counted.</param>
/// <param name="Steps">The steps, where they are.</param>
/// <param name="Training">All settings of the training.</param>
/// <param name="Settings">The same as JSON.</param>
internal sealed record RecipePlan(TrainingStart Start, int ImageSize, int? Epochs, long? Steps, TrainingOptions Training, JsonElement Settings);
