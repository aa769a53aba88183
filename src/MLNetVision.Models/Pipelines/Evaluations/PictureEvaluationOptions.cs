using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Evaluations;

namespace MLNetVision.Models.Pipelines.Evaluations;

/// <summary>How a network is evaluated on labelled pictures.</summary>
public sealed record PictureEvaluationOptions
{
    /// <summary>The part of data that are divided; by default null: "test" if there is such a part, else the validation data.</summary>
    public string? Split { get; init; }

    /// <summary>The folder of the pictures of annotations; by default null: looked for beside them.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>The classes of label maps, in the order of their values, where the data are a folder of such maps; by default null: the data are annotations that name their classes.</summary>
    public IReadOnlyList<string>? MaskClasses { get; init; }

    /// <summary>What the values of such label maps mean; the defaults if null.</summary>
    public SemanticMaskOptions? Masks { get; init; }

    /// <summary>The smallest score of a segment, 0 to 1; by default null: 0 of instances, as average precision asks for, else what the network says.</summary>
    public double? ScoreThreshold { get; init; }

    /// <summary>The classes with separate objects; by default null: what the network says, else of a panoptic scene what the data say.</summary>
    public IReadOnlyCollection<string>? ThingClasses { get; init; }

    /// <summary>The most pictures that go through a network that classifies at once; by default 32.</summary>
    public int BatchSize { get; init; } = LevitClassifier.BatchSize;

    /// <summary>What the files of the evaluation show; the defaults of <see cref="EvaluationOptions"/> if not set.</summary>
    public EvaluationOptions Files { get; init; } = new();

    /// <summary>Told why a picture has no prediction, and what of the data was left out; by default null.</summary>
    public Action<string>? ProblemFound { get; init; }

    /// <summary>Told once which classes of the data the network does not know, with the number of pictures or segments of each, and the same in a sentence; by default null. They count as wrong or missed.</summary>
    public Action<IReadOnlyDictionary<string, long>, string>? UnknownClassesFound { get; init; }
}
