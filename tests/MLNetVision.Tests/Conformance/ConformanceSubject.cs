using Microsoft.ML;

namespace MLNetVision.Tests.Conformance;

/// <summary>How a subject's input holds its pictures.</summary>
internal enum PictureForm
{
    Pixels,
    Encoded,
    Paths,
}

/// <summary>An estimator of the library, with what the checks must know of it.</summary>
/// <param name="Name">The name of its row in data-driven tests.</param>
/// <param name="Form">How its input holds pictures.</param>
/// <param name="Create">Makes the estimator.</param>
internal sealed record ConformanceSubject(string Name, PictureForm Form, Func<MLContext, IEstimator<ITransformer>> Create)
{
    /// <summary>The label column that fitting needs; null if none.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>The columns that the transformer adds, in order.</summary>
    public required string[] OutputColumns { get; init; }

    /// <summary>The column of class probabilities; null if the estimator is no classifier of whole pictures.</summary>
    public string? ScoreColumn { get; init; }

    /// <summary>The column of predicted keys; null if the estimator is no classifier of whole pictures.</summary>
    public string? PredictedLabelColumn { get; init; }

    /// <summary>The key values of predicted labels; null if they have none.</summary>
    public string[]? ClassNames { get; init; }

    public override string ToString() => Name;
}
