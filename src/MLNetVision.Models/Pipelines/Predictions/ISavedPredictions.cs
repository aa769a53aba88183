namespace MLNetVision.Models.Pipelines.Predictions;

/// <summary>Saved predictions in one of the forms; see <see cref="PredictionFile"/>.</summary>
internal interface ISavedPredictions : IDisposable
{
    bool HasSegments { get; }

    bool HasScores { get; }

    IReadOnlyList<string> ClassNames { get; }

    int? NamedClasses { get; }

    IReadOnlyList<string> Images { get; }

    PicturePrediction Read(int place);
}
