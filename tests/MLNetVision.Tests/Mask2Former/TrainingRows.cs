using Microsoft.ML;
using MLNetVision.Imaging.Segments;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.PostProcessing;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Mask2Former;

/// <summary>A few digit scenes and the shortest training of the smallest network.</summary>
internal static class TrainingRows
{
    private static readonly string Folder = Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "train");

    public static Mask2FormerConfig Config { get; } = new()
    {
        BackboneConfig = new SwinConfig { EmbedDim = 8, Depths = [1, 1, 1, 1], NumHeads = [1, 1, 2, 2], WindowSize = 4, OutFeatures = ["stage1", "stage2", "stage3", "stage4"] },
        FeatureSize = 32, MaskFeatureSize = 16, HiddenDim = 32, EncoderFeedforwardDim = 32, DimFeedforward = 32, EncoderLayers = 1, DecoderLayers = 3, NumAttentionHeads = 4, NumQueries = 6,
        TrainNumPoints = 64,
    };

    public static SegmentationTrainingOptions Training { get; } = new()
    {
        Steps = 3, BatchSize = 2, LearningRate = 1e-3, WarmUpSteps = 0, DataThreads = 1,
        Augmentation = new SegmentationAugmentation { CropHeight = 64, CropWidth = 64, MinimumScale = 0.8, MaximumScale = 1.2 },
    };

    public static Mask2FormerTrainer.Options Options(SegmentationTask task = SegmentationTask.Panoptic, SegmentationTrainingOptions? training = null, Action<SegmentationTrainingProgress>? progress = null) => new()
    {
        Config = Config, Training = training ?? Training, Scoring = Scoring(task), Seed = 5, ProgressCallback = progress,
    };

    /// <summary>Scoring that finds something with hardly trained weights.</summary>
    public static SegmentationScoringOptions Scoring(SegmentationTask task) => new() { Task = task, Threshold = 0, MaskThreshold = 0, OverlapMaskAreaThreshold = 0, Rule = PanopticRule.Original };

    public static IDataView Load(MLContext ml, int rows = 4) =>
        ml.Data.TakeRows(ml.Data.LoadFromCocoPanoptic(Path.Combine(Folder, "panoptic.json"), Path.Combine(Folder, "images")), rows);

    /// <summary>The things alone.</summary>
    public static IDataView LoadInstances(MLContext ml, int rows = 4) =>
        ml.Data.TakeRows(ml.Data.LoadFromCocoInstances(Path.Combine(Folder, "instances.json"), Path.Combine(Folder, "images")), rows);

    /// <summary>The same rows as objects, with labels as text.</summary>
    public static SegmentedImage[] Objects(MLContext ml, int rows = 4)
    {
        IDataView data = Load(ml, rows);
        return [.. ml.Data.CreateEnumerable<SegmentedImage>(ml.Transforms.Conversion.MapKeyToValue("Label").Fit(data).Transform(data), reuseRowObject: false)];
    }

    public static IDataView WithKeys(MLContext ml, IEnumerable<SegmentedImage> rows)
    {
        IDataView data = ml.Data.LoadFromEnumerable(rows);
        return ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }
}
