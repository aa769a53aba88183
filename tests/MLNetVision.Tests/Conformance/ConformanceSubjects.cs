using Microsoft.ML;
using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;
using MLNetVision.Levit;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Conformance;

/// <summary>Every estimator of the library. An estimator that is added to the library is added here.</summary>
internal static class ConformanceSubjects
{
    private static readonly Lazy<string> Checkpoint = new(SaveCheckpoint);

    private static readonly Lazy<string> Segmenter = new(SaveSegmenter);

    public static IReadOnlyList<ConformanceSubject> All { get; } =
    [
        new("LevitTrainer-pixels", PictureForm.Pixels, ml => ml.MulticlassClassification.Trainers.Levit(Options("Label")))
        {
            LabelColumn = "Label", OutputColumns = ["Score", "PredictedLabel"], ScoreColumn = "Score", PredictedLabelColumn = "PredictedLabel", ClassNames = ["cat", "dog", "owl"],
        },
        new("LevitTrainer-encoded-keys-without-values", PictureForm.Encoded, ml => ml.MulticlassClassification.Trainers.Levit(Options("SmallKey")))
        {
            LabelColumn = "SmallKey", OutputColumns = ["Score", "PredictedLabel"], ScoreColumn = "Score", PredictedLabelColumn = "PredictedLabel",
        },
        new("LevitTrainer-paths-keys-of-numbers", PictureForm.Paths, ml => ml.MulticlassClassification.Trainers.Levit(Options("NumberKey")))
        {
            LabelColumn = "NumberKey", OutputColumns = ["Score", "PredictedLabel"], ScoreColumn = "Score", PredictedLabelColumn = "PredictedLabel", ClassNames = ["10", "20", "30"],
        },
        new("ApplyLevit", PictureForm.Paths, ml => ml.Transforms.ApplyLevit(Checkpoint.Value, outputColumns: new LevitOutputColumns
        {
            Score = "Probability", PredictedLabel = "Class", TopLabels = "TopLabels", TopScores = "TopScores", TopCount = 2, Features = "Features",
        }, batchSize: 3))
        {
            OutputColumns = ["Probability", "Class", "TopLabels", "TopScores", "Features"], ScoreColumn = "Probability", PredictedLabelColumn = "Class", ClassNames = ["a", "b", "c"],
        },
        new("LevitFeatures", PictureForm.Pixels, ml => ml.Transforms.LevitFeatures(Checkpoint.Value, batchSize: 4))
        {
            OutputColumns = ["Features"],
        },
        new("LevitFeatures-BFloat16", PictureForm.Encoded, ml => ml.Transforms.LevitFeatures(Checkpoint.Value, batchSize: 4, precision: ScoringPrecision.BFloat16))
        {
            OutputColumns = ["Features"],
        },
        .. Enum.GetValues<SegmentationTask>().Select(task => new ConformanceSubject(
            $"ApplyMask2Former-{task}", (PictureForm)task, ml => ml.Transforms.ApplyMask2Former(
                Segmenter.Value, new SegmentationScoringOptions { Task = task, ThingClasses = ["a", "c"], Threshold = 0.05, OverlapMaskAreaThreshold = 0, Precision = PrecisionOf(task) }, batchSize: 3))
        {
            OutputColumns = ["ImageSize", "PredictedLabel", "PredictedClass", "PredictedMasks", "Score", "PredictedBoundingBoxes"],
        }),
    ];

    private static ScoringPrecision PrecisionOf(SegmentationTask task) => task == SegmentationTask.Semantic ? ScoringPrecision.BFloat16 : ScoringPrecision.Single;

    /// <summary>Rows of data-driven tests.</summary>
    public static IEnumerable<object[]> Names => All.Select(subject => new object[] { subject.Name });

    public static IEnumerable<object[]> Classifiers => All.Where(subject => subject.ScoreColumn is not null).Select(subject => new object[] { subject.Name });

    public static IEnumerable<object[]> Trainers => All.Where(subject => subject.LabelColumn is not null).Select(subject => new object[] { subject.Name });

    public static ConformanceSubject Get(string name) => All.Single(subject => subject.Name == name);

    /// <summary>A network of the smallest size, for tests.</summary>
    public static LevitConfig SmallConfig { get; } = new()
    {
        ImageSize = 64, HiddenSizes = [16, 32, 48], KeyDim = [8, 8, 8], NumAttentionHeads = [2, 3, 4], Depths = [1, 1, 1], Labels = ["a", "b", "c"],
    };

    /// <summary>Settings of the shortest training.</summary>
    public static LevitTrainer.Options Options(string label, string imageColumn = "Image") => new()
    {
        LabelColumnName = label,
        ImageColumnName = imageColumn,
        Config = SmallConfig,
        ScoringBatchSize = 5,
        Seed = 3,
        Training = new LevitTrainingOptions { Epochs = 2, BatchSize = 4, LearningRate = 1e-3, LearningRateBatchSize = null, WarmUpEpochs = 0, Augmentation = ImageAugmentation.None, DataThreads = 1 },
    };

    /// <summary>A checkpoint folder of <see cref="SmallConfig"/> with procedural weights.</summary>
    public static string CheckpointFolder => Checkpoint.Value;

    private static string SaveCheckpoint()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "conformance-checkpoint");
        using var model = new LevitForImageClassificationWithTeacher(SmallConfig, LevitInitialization.HuggingFace);
        ProceduralTensor.FillWeights(model, "conformance");
        PretrainedFolder.Save(folder, model, SmallConfig, new SaveOptions { PreprocessorJson = LevitImageProcessorConfig.ForImageSize(SmallConfig.ImageSize).ToJson() });
        return folder;
    }

    /// <summary>A checkpoint folder of a small Mask2Former with procedural weights.</summary>
    public static string SegmenterFolder => Segmenter.Value;

    private static string SaveSegmenter()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "conformance-segmenter");
        var config = new Mask2FormerConfig
        {
            Labels = ["a", "b", "c"],
            BackboneConfig = new SwinConfig { EmbedDim = 8, Depths = [1, 1, 1, 1], NumHeads = [1, 1, 2, 2], WindowSize = 4, OutFeatures = ["stage1", "stage2", "stage3", "stage4"] },
            FeatureSize = 32, MaskFeatureSize = 16, HiddenDim = 32, EncoderFeedforwardDim = 32, DimFeedforward = 32, EncoderLayers = 1, DecoderLayers = 3, NumAttentionHeads = 4, NumQueries = 6,
        };
        using var generator = new torch.Generator(1);
        using var model = new Mask2FormerForUniversalSegmentation(config, WeightInitialization.Original, generator);
        ProceduralTensor.FillWeights(model, "segmenter");
        var preprocessing = new Mask2FormerImageProcessorConfig { Size = ImageSize.Fixed(64, 64) };
        PretrainedFolder.Save(folder, model, config, new SaveOptions { PreprocessorJson = preprocessing.ToJson() });
        return folder;
    }
}
