using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Records;

namespace MLNetVision.Projects.Runs;

/// <summary>What the training of a project made. All paths are full.</summary>
public sealed record ProjectTrainingResult
{
    /// <summary>What was trained, and how.</summary>
    public required ProjectTrainingPlan Plan { get; init; }

    /// <summary>Why the training ended.</summary>
    public required TrainingOutcome Outcome { get; init; }

    /// <summary>What the training measured.</summary>
    public required TrainingRecord Record { get; init; }

    /// <summary>The figures of the model on the set <see cref="EvaluatedOn"/>, by their names; empty where it was not evaluated.</summary>
    public required IReadOnlyDictionary<string, double> Figures { get; init; }

    /// <summary>The figures in tables; empty where the model was not evaluated.</summary>
    public string FiguresText { get; init; } = string.Empty;

    /// <summary>Of a cross-validation the figures of each fold; otherwise empty.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, double>> FoldFigures { get; init; } = [];

    /// <summary>test, validation or train, or held-out of a cross-validation without test data, whose figures are the means of the folds; null where the training was cancelled and the model not evaluated.</summary>
    public required string? EvaluatedOn { get; init; }

    /// <summary>The classes of that set that the network does not know, with the pictures of each, or of a segmentation the segments; they count as wrong or missed.</summary>
    public IReadOnlyDictionary<string, long> UnknownClasses { get; init; } = new Dictionary<string, long>();

    /// <summary>The project's file.</summary>
    public required string ProjectFile { get; init; }

    /// <summary>The model in ML.NET's form.</summary>
    public required string ModelFile { get; init; }

    /// <summary>The model as a Hugging Face checkpoint, with its card.</summary>
    public required string CheckpointFolder { get; init; }

    /// <summary>The C# code beside the model; empty where none was written.</summary>
    public IReadOnlyList<string> CodeFiles { get; init; } = [];

    /// <summary>The folder of this run.</summary>
    public required string RunFolder { get; init; }

    /// <summary>The report; null where the model was not evaluated.</summary>
    public required string? ReportFile { get; init; }

    /// <summary>The run's log.</summary>
    public required string LogFile { get; init; }

    /// <summary>The seconds from the first reading to the last file.</summary>
    public required double Seconds { get; init; }
}
