using MLNetVision.Images;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Levit;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Pipelines;
using MLNetVision.Scoring;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Models.Training.Segmentation;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Scoring;

/// <summary>The scorers compute what the columns that are read are made of, and nothing else.</summary>
[TestClass]
public sealed class WantedColumnsTests
{
    private static readonly LevitOutputColumns Columns = new() { Features = "Embedding" };
    private static readonly RgbImage Picture = new(48, 40, [.. Enumerable.Range(0, 3 * 48 * 40).Select(i => (byte)(i * i / 7))]);

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void LevitScorer_FeaturesOnly_LeavesTheHeadsAlone(bool isDistilled)
    {
        using LevitScorer scorer = Levit(isDistilled);
        LevitResult all = Score(scorer, "Score", "Embedding"), features = Score(scorer, "Embedding");
        Assert.HasCount(3, all.Probabilities);
        Assert.IsEmpty(features.Probabilities);
        CollectionAssert.AreEqual(all.Features, features.Features);
        Assert.IsNotEmpty(features.Features);
    }

    [TestMethod]
    [DataRow("Score")]
    [DataRow("PredictedLabel")]
    public void LevitScorer_ProbabilitiesOnly_GivesNoFeatures(string column)
    {
        using LevitScorer scorer = Levit(isDistilled: false);
        LevitResult all = Score(scorer, "Score", "Embedding"), probabilities = Score(scorer, column);
        CollectionAssert.AreEqual(all.Probabilities, probabilities.Probabilities);
        Assert.IsEmpty(probabilities.Features);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void LevitInference_Features_AreThoseThatTheHeadsSee(bool useKernels)
    {
        using var scope = NewDisposeScope();
        LevitConfig config = Config;
        var model = new LevitForImageClassification(config, generator: new Generator(1));
        using LevitInference inference = LevitInference.FromWeights(config, model.state_dict(), ScoringPrecision.Single, useKernels);
        Tensor pixels = randn([3, 3, 64, 64], generator: new Generator(2));
        Assert.IsTrue(inference.Score(pixels).PooledOutput.equal(inference.Features(pixels)).all().item<bool>());
        Assert.ThrowsExactly<ArgumentException>(() => inference.Features(pixels.to(float64)));
    }

    [TestMethod]
    public void Mask2FormerScorer_SizeOnly_RunsNoNetwork()
    {
        var options = new SegmentationScoringOptions { Task = SegmentationTask.Semantic };
        var model = new Mask2FormerModelParameters(TinySegmentation.Model(), TinySegmentation.Processor);
        using var scorer = new Mask2FormerScorer(model, new SegmentExtractor(options, TinySegmentation.Config.Labels), Engine(Mask2FormerScoringEngine.HasLibTorchForm), new ModelOwner(typeof(Mask2FormerScorer)));
        SegmentationResult size = Score(scorer, SegmentationColumns.ImageSize);
        Assert.AreEqual((Picture.Height, Picture.Width), (size.Height, size.Width));
        Assert.IsEmpty(size.Segments);

        // In a semantic map every pixel has a class: a network that ran gives a segment.
        SegmentationResult scored = Score(scorer, SegmentationColumns.ImageSize, SegmentationColumns.Score);
        Assert.AreEqual((Picture.Height, Picture.Width), (scored.Height, scored.Width));
        Assert.IsNotEmpty(scored.Segments);
    }

    private static LevitConfig Config => LevitPresets.Get("levit-128S") with { ImageSize = 64, Depths = [1, 1, 1], Labels = ["a", "b", "c"] };

    private static EngineChoice Engine(bool hasLibTorchForm) => EnginePolicy.ForScoring(DeviceWish.Of(CPU), ScoringPrecision.Single, hasLibTorchForm, _ => { });

    private static LevitScorer Levit(bool isDistilled) => new(
        new LevitModelParameters(LevitModelParameters.CreateModule(Config, isDistilled, LevitInitialization.Original, new Generator(1)), Config, LevitImageProcessorConfig.ForImageSize(64)),
        Columns, Engine(LevitScoringEngine.HasLibTorchForm), new ModelOwner(typeof(LevitScorer)));

    private static TResult Score<TResult>(IImageScorer<TResult> scorer, params string[] wanted)
        where TResult : class
    {
        using IPreparedBatch<TResult> batch = scorer.Prepare([ImageSource.FromImage(Picture)], new UnreadableImages());
        return batch.Score(wanted.ToHashSet(StringComparer.Ordinal))[0]!;
    }
}
