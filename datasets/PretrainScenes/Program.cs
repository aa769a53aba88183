// Makes samples/pretrained/digit-scenes, the small Mask2Former that QuickStart begins with:
//   dotnet run -c Release --project datasets/PretrainScenes -- [SEED [CROP-STEPS [DENSE-STEPS [STEPS [FINER-STEPS [SCENES]]]]]]
// Nothing is downloaded: the scenes are painted anew from the training digits, those on which the result is measured are
// the test scenes of datasets/digit-scenes, by other writers.
//   1. The backbone learns to classify digits and stuff in small crops.
//   2. Dense supervision: backbone and pixel decoder learn, at every pixel, the class and the rough place of the segment
//      that the pixel belongs to.
//   3. ml.Segmentation.Trainers.Mask2Former trains the whole network from there, on scenes of 96 pixels,
//   4. and then on scenes of 144 pixels, whose fine textures a patch of 4×4 pixels can tell apart.
using System.Globalization;
using Microsoft.ML;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Scenes;
using PretrainScenes;
using Samples;
using TorchSharp;

int seed = Argument(0, 1), cropSteps = Argument(1, 1800), denseSteps = Argument(2, 400), steps = Argument(3, 2400), finerSteps = Argument(4, 8000), sceneCount = Argument(5, 8000);
string datasets = RepositoryFolder.Find("datasets");
string output = Path.Combine(Path.GetDirectoryName(datasets)!, "samples", "pretrained", "digit-scenes");
string work = Path.Combine(Path.GetDirectoryName(datasets)!, "artifacts", "pretrain-scenes");

using var log = new TrainingLog(work);
PaintedScenes scenes = PaintedScenes.FromDigits(Path.Combine(datasets, "digits", "train"));

// Which step is the best is decided on further scenes with training digits: the test scenes are for the last line only.
var ml = new MLContext(seed);
IDataView trainingScenes = Load(scenes.Write(work, sceneCount, firstSeed: 100_000_000));
IDataView validationScenes = Load(scenes.Write(work, count: 60, firstSeed: 200_000_000));
IDataView testScenes = Load(Path.Combine(datasets, "digit-scenes", "test"));

// The network: Swin in small, with windows that fit pictures of 128 pixels without padding.
var config = new Mask2FormerConfig
{
    BackboneConfig = new SwinConfig
    {
        EmbedDim = 32,
        Depths = [2, 2, 2, 1],
        NumHeads = [1, 2, 4, 8],
        WindowSize = 4,
        DropPathRate = 0.05,
        OutFeatures = ["stage1", "stage2", "stage3", "stage4"],
    },
    FeatureSize = 64,
    MaskFeatureSize = 64,
    HiddenDim = 64,
    EncoderFeedforwardDim = 256,
    DimFeedforward = 256,
    EncoderLayers = 2,
    DecoderLayers = 5,
    NumQueries = 20,
    TrainNumPoints = 1024,
    Labels = scenes.ClassNames,
};
Mask2FormerImageProcessorConfig preprocessing = Sized(96);

// 1. and 2.
string dense = Path.Combine(work, "dense");
if (denseSteps > 0)
{
    using var generator = new torch.Generator((ulong)seed);
    using var model = new Mask2FormerForUniversalSegmentation(config, WeightInitialization.Original, generator);
    log.Write($"{model.parameters().Sum(parameter => parameter.numel()):n0} parameters, seed {seed}");
    new BackboneClassification(scenes, preprocessing, seed).Train(model.Model.Backbone, cropSteps, log);
    new DenseSupervision(scenes, preprocessing, seed).Train(model, denseSteps, log);
    model.SavePretrained(dense, new SaveOptions { PreprocessorJson = preprocessing.ToJson() });
}

// 3. and 4. The whole network. A stage of 0 steps is taken as an earlier run left it.
if (steps > 0)
{
    Train(dense, steps, side: 96, batchSize: 16);
}

if (finerSteps > 0)
{
    Train(output, finerSteps, side: 144, batchSize: 8);
}

var quality = ml.Segmentation.EvaluatePanoptic(ml.Transforms.ApplyMask2Former(output, new SegmentationScoringOptions { ThingClasses = scenes.ThingNames }).Fit(testScenes).Transform(testScenes));
log.Write($"Test scenes: PQ {quality.PanopticQuality:f3}, things {quality.Things.PanopticQuality:f3}, stuff {quality.Stuff.PanopticQuality:f3}");

void Train(string checkpoint, long count, int side, int batchSize)
{
    var options = new Mask2FormerTrainer.Options
    {
        Checkpoint = checkpoint,
        Preprocessing = Sized(side),
        Training = new SegmentationTrainingOptions
        {
            Steps = count,
            BatchSize = batchSize,
            LearningRate = 1e-3,
            BackboneLearningRateFactor = 0.5,
            Course = LearningRateCourse.Cosine,
            WarmUpSteps = 100,
            WeightDecay = 0.05,
            GradientClipping = 1,
            WeightAverageDecay = 0.995,
            EvaluationSteps = Math.Max(1, count / 5),
            CheckpointFolder = Path.Combine(work, $"state-{side}"),
            Augmentation = new SegmentationAugmentation
            {
                CropHeight = side / 32 * 32,
                CropWidth = side / 32 * 32,
                Reference = ScaleReference.ShorterSide,
                MinimumScale = 0.8,
                MaximumScale = 1.2,
                FlipProbability = 0,
            },
        },
        ProgressCallback = log.Report,
    };
    using Mask2FormerTransformer trained = ml.Segmentation.Trainers.Mask2Former(options).Fit(trainingScenes, validationScenes);
    trained.Model.SavePretrained(output);
}

Mask2FormerImageProcessorConfig Sized(int side) => new() { Size = ImageSize.Edges(side, 2 * side) };

IDataView Load(string folder) => ml.Data.LoadFromCocoPanoptic(Path.Combine(folder, "panoptic.json"), Path.Combine(folder, "images"));

int Argument(int index, int otherwise) => args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;
