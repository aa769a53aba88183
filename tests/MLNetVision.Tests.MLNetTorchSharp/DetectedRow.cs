using Microsoft.ML;

namespace MLNetVision.Tests.MLNetTorchSharp;

/// <summary>Truth and prediction of a picture as both packages read them.</summary>
public sealed class DetectedRow
{
    public string[] Label { get; set; } = [];

    public float[] BoundingBoxes { get; set; } = [];

    public string[] PredictedLabel { get; set; } = [];

    public float[] PredictedBoundingBoxes { get; set; } = [];

    public float[] Score { get; set; } = [];

    /// <summary>Rows with keys, as trainers and transformers give them.</summary>
    public static IDataView View(MLContext ml, IEnumerable<DetectedRow> rows)
    {
        IDataView texts = ml.Data.LoadFromEnumerable(rows);
        return ml.Transforms.Conversion.MapValueToKey("Label").Append(ml.Transforms.Conversion.MapValueToKey("PredictedLabel")).Fit(texts).Transform(texts);
    }
}
