namespace MLNetVision.Segmentation.Evaluation;

/// <summary>What of a row an evaluation reads.</summary>
internal sealed record EvaluationNeeds(bool Masks, bool Boxes, bool Scores)
{
    /// <summary>Semantic and panoptic segmentation.</summary>
    public static readonly EvaluationNeeds Segments = new(Masks: true, Boxes: false, Scores: false);

    /// <summary>Instance segmentation.</summary>
    public static readonly EvaluationNeeds ScoredMasks = new(Masks: true, Boxes: false, Scores: true);

    /// <summary>Object detection.</summary>
    public static readonly EvaluationNeeds ScoredBoxes = new(Masks: false, Boxes: true, Scores: true);
}
