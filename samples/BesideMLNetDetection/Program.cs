// MLNetVision beside Microsoft.ML.TorchSharp, ML.NET's own package of networks: what a Mask2Former finds is evaluated as boxes
// by ml.ObjectDetection and by ML.NET's EvaluateObjectDetection.
//   dotnet run -c Release --project samples/BesideMLNetDetection
// Rows have the columns of ML.NET's object detection trainer, so its rows are evaluated by ml.ObjectDetection in the same way.
// Its trainer itself does not run here: Microsoft.ML.TorchSharp 0.23.1 was built with TorchSharp 0.102, and calls a method that
// 0.107 no longer has.
using Microsoft.ML;
using Microsoft.ML.TorchSharp;
using Microsoft.ML.TorchSharp.AutoFormerV2;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Segments;
using Samples;

string scenes = RepositoryFolder.Find("datasets", "digit-scenes", "test");
var ml = new MLContext(seed: 1);
IDataView truth = ml.Data.LoadFromCocoPanoptic(Path.Combine(scenes, "panoptic.json"), Path.Combine(scenes, "images"));
var segmenter = ml.Transforms.ApplyMask2Former(RepositoryFolder.Find("samples", "pretrained", "digit-scenes"), SegmentationTask.Instance)
    .Append(ml.Transforms.Conversion.MapKeyToValue("LabelText", "Label"))
    .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedText", "PredictedLabel"))
    .Fit(truth);

// Both evaluations read the rows more than once: the network shall not.
IDataView scored = ml.Data.Cache(segmenter.Transform(truth),
    "Label", "BoundingBoxes", "IsCrowd", "PredictedLabel", "PredictedBoundingBoxes", "Score", "LabelText", "PredictedText");

InstanceMetrics ours = ml.ObjectDetection.Evaluate(scored);
ObjectDetectionMetrics theirs = ml.MulticlassClassification.EvaluateObjectDetection(
    scored, scored.Schema["LabelText"], scored.Schema["BoundingBoxes"], scored.Schema["PredictedText"], scored.Schema["PredictedBoundingBoxes"], scored.Schema["Score"]);

// ML.NET's wants the truth to have each class that is predicted, so the truth here are things and stuff. They differ by rule:
// COCO reads precision at 101 recalls, ends a box at its last corner and matches in the order of scores; ML.NET takes the area
// under the curve, adds the pixel after the corner, matches the best overlaps first and drops scores below 0.05.
Console.WriteLine("                        ml.ObjectDetection   EvaluateObjectDetection");
Console.WriteLine($"precision at IoU 0.5    {ours.AveragePrecision50,18:f3}   {theirs.MAP50,23:f3}");
Console.WriteLine($"mean over 0.5 to 0.95   {ours.AveragePrecision,18:f3}   {theirs.MAP50_95,23:f3}");
