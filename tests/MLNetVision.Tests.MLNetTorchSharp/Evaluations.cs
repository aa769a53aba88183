using Microsoft.ML;
using Microsoft.ML.TorchSharp;
using Microsoft.ML.TorchSharp.AutoFormerV2;

namespace MLNetVision.Tests.MLNetTorchSharp;

internal static class Evaluations
{
    /// <summary>ML.NET's figures of rows with keys; it wants texts.</summary>
    public static ObjectDetectionMetrics Theirs(MLContext ml, IDataView data)
    {
        IDataView texts = ml.Transforms.Conversion.MapKeyToValue("LabelText", "Label").Append(ml.Transforms.Conversion.MapKeyToValue("PredictedText", "PredictedLabel"))
            .Fit(data).Transform(data);
        return ml.MulticlassClassification.EvaluateObjectDetection(
            texts, texts.Schema["LabelText"], texts.Schema["BoundingBoxes"], texts.Schema["PredictedText"], texts.Schema["PredictedBoundingBoxes"], texts.Schema["Score"]);
    }
}
