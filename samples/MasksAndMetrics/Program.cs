// Masks and their metrics alone: no ML.NET, no libtorch. Two segments of one picture are compared with what another program
// predicted for them: panoptic quality, COCO's average precision, mean intersection over union.
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Segments;

const int Height = 120, Width = 160;
string[] classes = ["boat", "water"];

RunLengthMask trueBoat = RunLengthMask.FromPolygon([30, 60, 110, 60, 95, 90, 45, 90], Height, Width);
RunLengthMask trueWater = RunLengthMask.FromBox(new BoundingBox(0, 90, Width, 30), Height, Width);
RunLengthMask boat = RunLengthMask.FromPolygon([34, 62, 112, 60, 95, 90, 48, 90], Height, Width);
RunLengthMask water = RunLengthMask.FromCompressed(RunLengthMask.FromBox(new BoundingBox(0, 92, Width, 28), Height, Width).ToCompressed(), Height, Width);

Segment[] truth = [new() { Class = 0, Mask = trueBoat }, new() { Class = 1, Mask = trueWater }];
Segment[] prediction = [new() { Class = 0, Mask = boat, Score = 0.9 }, new() { Class = 1, Mask = water, Score = 0.8 }];

var panoptic = new PanopticEvaluator(classes, isThing: [true, false]);
var instances = new InstanceEvaluator(classes);
var semantic = new SemanticEvaluator(classes);
foreach (ISegmentEvaluator evaluator in new ISegmentEvaluator[] { panoptic, instances, semantic })
{
    evaluator.Add(imageId: 1, truth, prediction);
}

Console.WriteLine($"panoptic quality {panoptic.Compute().PanopticQuality:f3}, average precision {instances.Compute().AveragePrecision:f3}, mean IoU {semantic.Compute().MeanIoU:f3}");
