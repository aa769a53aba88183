using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Classification;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Classification;

/// <summary>A LeViT small enough that a test trains it in a second.</summary>
internal static class TinyTraining
{
    public static LevitConfig Config { get; } = new()
    {
        ImageSize = 32, HiddenSizes = [16, 24, 32], KeyDim = [8, 8, 8], NumAttentionHeads = [2, 3, 4], Depths = [1, 1, 1], DropPathRate = 0.1,
        Labels = ["left", "middle", "right"],
    };

    public static LevitImageProcessor Processor { get; } = new(new LevitImageProcessorConfig { Size = ImageSize.Fixed(32, 32), DoCenterCrop = false });

    /// <summary>Everything that could break a resumed training is on.</summary>
    public static LevitTrainingOptions Full { get; } = new()
    {
        Epochs = 2, BatchSize = 4, GradientAccumulation = 2, LearningRate = 0.002, LearningRateBatchSize = null, WarmUpEpochs = 0.5, Mixup = 0.4, CutMix = 0.5,
        WeightAverageDecay = 0.9, DataThreads = 2, Seed = 7, Augmentation = ImageAugmentation.OriginalRecipe with { Rotation = 10, Elastic = 0.02, ColorJitter = 0.2 },
    };

    public static LevitTrainingOptions Plain { get; } = new()
    {
        Epochs = 3, BatchSize = 6, LearningRate = 0.005, LearningRateBatchSize = null, DataThreads = 1, Augmentation = ImageAugmentation.None,
    };

    public static LevitForImageClassification Model(ulong seed = 1)
    {
        using var generator = new Generator(seed);
        return new LevitForImageClassification(Config, LevitInitialization.Original, generator);
    }

    /// <summary>All weights and buffers as bytes, and by their names.</summary>
    public static Dictionary<string, string> Weights(nn.Module module) =>
        module.state_dict().ToDictionary(item => item.Key, item => Convert.ToHexString(item.Value.contiguous().bytes));

    public static void AssertEqual(Dictionary<string, string> expected, Dictionary<string, string> actual)
    {
        string[] different = [.. expected.Keys.Where(key => expected[key] != actual[key])];
        Assert.AreEqual(0, different.Length, $"different: {string.Join(", ", different.Take(5))}");
    }

    public static (Dictionary<string, string> Weights, LevitTrainingResult Result) Train(
        LevitTrainingOptions options, IImageClassificationData? data = null, IImageClassificationData? validation = null, ulong initialSeed = 1,
        Action<LevitTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        using LevitForImageClassification model = Model(initialSeed);
        LevitTrainingResult result = LevitTraining.Run(
            model, Processor, data ?? new SyntheticImages(22), validation, options, progress is null ? null : new Callback(progress), cancellation);
        return (Weights(model), result);
    }

    private sealed class Callback(Action<LevitTrainingProgress> action) : IProgress<LevitTrainingProgress>
    {
        public void Report(LevitTrainingProgress value) => action(value);
    }
}
