// Trains a small Mask2Former from scratch on two photos of COCO until it reproduces them:
//   dotnet run -c Release --project samples/TwoPhotos [-- STEPS [FINER-STEPS [SEED]]]
// With 0 steps the last run's checkpoint is refined. Fitting two photos says nothing about others; it shows that the whole
// path works: loader, matcher, losses, optimiser, scoring, metric. What it writes goes to artifacts/two-photos: the
// checkpoint, a report, and an overlay of each photo for each of the three tasks.
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Segments;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.PostProcessing;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Segmentation;
using Samples;
using TwoPhotos;

var line = new CommandLine(args, "TwoPhotos [STEPS [FINER-STEPS [SEED]]]   800, 400 and 1 by default; 0 steps refine the checkpoint of the last run", most: 3);
int steps = line.Number(0, "STEPS", 800), finerSteps = line.Number(1, "FINER-STEPS", 400), seed = line.Number(2, "SEED", 1);
string photos = RepositoryFolder.Find("datasets", "coco-photos");
string output = Directory.CreateDirectory(Path.Combine(photos, "..", "..", "artifacts", "two-photos")).FullName;

var ml = new MLContext(seed);
IDataView data = ml.Data.LoadFromCocoPanoptic(Path.Combine(photos, "panoptic.json"), Path.Combine(photos, "images"));

// Swin in small, with windows that divide most maps of a 288×512 picture.
var config = new Mask2FormerConfig
{
    BackboneConfig = new SwinConfig
    {
        EmbedDim = 32,
        Depths = [2, 2, 4, 1],
        NumHeads = [1, 2, 4, 8],
        WindowSize = 4,
        DropPathRate = 0,
        OutFeatures = ["stage1", "stage2", "stage3", "stage4"],
    },
    FeatureSize = 64,
    MaskFeatureSize = 64,
    HiddenDim = 64,
    EncoderFeedforwardDim = 256,
    DimFeedforward = 256,
    EncoderLayers = 3,
    DecoderLayers = 6,
    NumQueries = 60,
    TrainNumPoints = 4096,
};

// A pixel that no query is sure of stays void, for what lies under crowd regions is of no class here; masks come to the
// photo's size without transformers' stop at 384×384, which costs outlines.
var scoring = new SegmentationScoringOptions { Rule = PanopticRule.Original, Upsampling = MaskUpsampling.Original };

// What is where is learned on smaller pictures; on larger ones then the outlines, for masks have a quarter of their sides.
string checkpoint = Path.Combine(output, "checkpoint");
if (steps > 0)
{
    using Mask2FormerTransformer first = Train(new Mask2FormerTrainer.Options { Config = config, Preprocessing = Sized(288), Training = Training(288, steps, learningRate: 1e-3), Scoring = scoring, ProgressCallback = new SegmentationProgress().Report });
}

Mask2FormerTransformer model = Train(new Mask2FormerTrainer.Options { Checkpoint = checkpoint, Preprocessing = Sized(432), Training = Training(432, finerSteps, learningRate: 5e-4), Scoring = scoring, ProgressCallback = new SegmentationProgress().Report });

// Panoptic: how well the photos are reproduced, over all their segments together.
IDataView scored = model.Transform(data);
var metrics = ml.Segmentation.EvaluatePanoptic(scored);
ml.Segmentation.SaveReport(scored, SegmentationTask.Panoptic, Path.Combine(output, "report.html"));
PooledQuality quality = PooledQuality.Of(metrics);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Panoptic quality over all segments {quality.Value:f3}, {quality.Found} of {quality.Segments} segments found; mean over the classes {metrics.PanopticQuality:f3}"));

// The same network answers the three tasks.
VBuffer<bool> isThing = default;
data.Schema[SegmentationColumns.Label].Annotations.GetValue(SegmentationColumns.IsThing, ref isThing);
string[] things = [.. model.ClassNames.Where((_, i) => isThing.GetItemOrDefault(i))];
foreach (SegmentationTask task in Enum.GetValues<SegmentationTask>())
{
    IDataView segments = ml.Transforms.ApplyMask2Former(checkpoint, scoring with { Task = task, ThingClasses = things }).Fit(data).Transform(data);
    var drawing = new SegmentationOverlayOptions
    {
        Colouring = task == SegmentationTask.Semantic ? SegmentColouring.ByClass : SegmentColouring.BySegment,
        Legend = false,
        Scores = false,
    };
    foreach (string file in ml.Segmentation.SaveOverlays(segments, Path.Combine(output, task.ToString().ToLowerInvariant()), drawing))
    {
        Console.WriteLine($"Drew {file}");
    }
}

Mask2FormerTransformer Train(Mask2FormerTrainer.Options options)
{
    Mask2FormerTransformer trained = ml.Segmentation.Trainers.Mask2Former(options).Fit(data);
    trained.Model.SavePretrained(checkpoint);
    return trained;
}

// As large as in training; no side is stretched to a multiple of 32.
Mask2FormerImageProcessorConfig Sized(int shorter) => new() { Size = ImageSize.Edges(shorter, shorter * 16 / 9), SizeDivisor = 0 };

SegmentationTrainingOptions Training(int shorter, long count, double learningRate) => new()
{
    Steps = count,
    BatchSize = 1,
    GradientAccumulation = 2,
    LearningRate = learningRate,
    BackboneLearningRateFactor = 1,
    Course = LearningRateCourse.Cosine,
    WarmUpSteps = 50,
    GradientClipping = 1,

    // Pixels of crowd regions belong to no other segment.
    ExcludeIgnored = false,

    // To be reproduced, the photos are shown as they are, each in a batch of its own size.
    Augmentation = new SegmentationAugmentation
    {
        CropHeight = shorter,
        CropWidth = shorter * 16 / 9,
        Reference = ScaleReference.ShorterSide,
        MinimumScale = 1,
        MaximumScale = 1,
        FlipProbability = 0,
    },
};
