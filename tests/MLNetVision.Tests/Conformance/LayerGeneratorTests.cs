using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Segments;
using MLNetVision.Levit;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Pipelines;
using MLNetVision.Tests.Models.Mask2Former;
using MLNetVision.Models.Training.Automatic;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Conformance;

/// <summary>A model's drop path and dropout draw from a generator that lives as long as the model, wherever the model comes from.</summary>
[TestClass]
[DoNotParallelize]
public sealed class LayerGeneratorTests
{
    private static readonly LevitConfig Levit = ConformanceSubjects.SmallConfig with { DropPathRate = 0.5 };

    private static readonly Mask2FormerConfig Segmenter = Mask2FormerModelTests.Small with
    {
        Dropout = 0.3, BackboneConfig = Mask2FormerModelTests.Small.BackboneConfig with { DropPathRate = 0.5, HiddenDropoutProb = 0.3, AttentionProbsDropoutProb = 0.3 },
    };

    private static MLContext Ml => FittedSubjects.Context;

    [TestMethod]
    [DataRow("checkpoint")]
    [DataRow("model file")]
    [DataRow("start with new weights")]
    [DataRow("start from a checkpoint")]
    [DataRow("start from a checkpoint at another size")]
    public void Levit_InTrainMode_DrawsFromItsOwnSeed(string source)
    {
        using var folder = new TemporaryFolder();
        using (var model = new LevitForImageClassification(Levit, LevitInitialization.HuggingFace))
        {
            ProceduralTensor.FillWeights(model, "layers");
            PretrainedFolder.Save(folder["levit"], model, Levit, new SaveOptions { PreprocessorJson = LevitImageProcessorConfig.ForImageSize(64).ToJson() });
        }

        int side = source.EndsWith("size", StringComparison.Ordinal) ? 80 : 64;
        AssertDrawsAreItsOwn(
            () => source switch
            {
                "checkpoint" => LevitCheckpoint.Open(folder["levit"]).LoadModule(_ => { }),
                "model file" => Reload(Ml.Transforms.ApplyLevit(folder["levit"], "Image"), (LevitTransformer transformer) => transformer.Model.Module),
                "start with new weights" => Filled(Start(new LevitTrainer.Options { Config = Levit })),
                "start from a checkpoint" => Start(new LevitTrainer.Options { Checkpoint = folder["levit"] }),
                _ => Start(new LevitTrainer.Options { Checkpoint = folder["levit"], ImageSize = side }),
            },
            (module, pictures) => ((LevitForImageClassification)module).call(pictures).Logits,
            ProceduralTensor.Create("pictures", [6, 3, side, side], 2, 0));

        // The original's new weights make every branch zero.
        static nn.Module Filled(nn.Module module)
        {
            ProceduralTensor.FillWeights(module, "layers");
            return module;
        }

        static nn.Module Start(LevitTrainer.Options options)
        {
            using LevitStart start = LevitStart.Open(options, Host());
            return start.Create(start.Plan(["a", "b", "c"], () => new PictureFacts(10, 64, true)), seed: 5, _ => { }, _ => { }).Module;
        }
    }

    [TestMethod]
    [DataRow("checkpoint")]
    [DataRow("model file")]
    [DataRow("start with new weights")]
    [DataRow("start from a checkpoint")]
    public void Mask2Former_InTrainMode_DrawsFromItsOwnSeed(string source)
    {
        using var folder = new TemporaryFolder();
        using (var model = new Mask2FormerForUniversalSegmentation(Segmenter))
        {
            ProceduralTensor.FillWeights(model, "layers");
            PretrainedFolder.Save(folder["segmenter"], model, Segmenter, new SaveOptions());
        }

        AssertDrawsAreItsOwn(
            () => source switch
            {
                "checkpoint" => Mask2FormerCheckpoint.Open(folder["segmenter"]).LoadModule(_ => { }),
                "model file" => Reload(Ml.Transforms.ApplyMask2Former(folder["segmenter"], SegmentationTask.Semantic, "Image"), (Mask2FormerTransformer transformer) => transformer.Model.Module),
                "start with new weights" => Start(new Mask2FormerTrainer.Options { Config = Segmenter }),
                _ => Start(new Mask2FormerTrainer.Options { Checkpoint = folder["segmenter"] }),
            },
            (module, pictures) => ((Mask2FormerForUniversalSegmentation)module).forward(pictures).ClassQueriesLogits,
            ProceduralTensor.Create("pictures", [4, 3, 40, 40], 2, 0));

        static nn.Module Start(Mask2FormerTrainer.Options options)
        {
            using Mask2FormerStart start = Mask2FormerStart.Open(options, Host());
            return start.Create(start.Plan(["a", "b", "c"], () => new PictureFacts(10, 64, true), hasValidation: false), seed: 5, _ => { }, _ => { }).Module;
        }
    }

    [TestMethod]
    public void Create_FromAGeneratorOfLayers_HasNotTheSeedOfTheFirstWeights()
    {
        using Generator weights = new(5), layers = LayerGenerator.Create(weights), resized = LayerGenerator.Create(layers);
        Assert.HasCount(3, new[] { weights, layers, resized }.Select(generator => generator.initial_seed()).Distinct());
    }

    [TestMethod]
    public void Create_FromAGenerator_TakesNoNumberOfItAndFollowsItsPlace()
    {
        using Generator weights = new(5), other = new(5);
        using Generator first = LayerGenerator.Create(weights), again = LayerGenerator.Create(weights);
        Assert.AreEqual(first.initial_seed(), again.initial_seed());
        using Tensor drawn = rand(4, generator: weights), expected = rand(4, generator: other);
        Assert.IsTrue(drawn.equal(expected).all().item<bool>());
        using Generator second = LayerGenerator.Create(weights);
        Assert.AreNotEqual(first.initial_seed(), second.initial_seed());
    }

    [TestMethod]
    public void Models_FromOneGenerator_DropOtherPaths()
    {
        using var generator = new Generator(5);
        using LevitForImageClassification one = new(Levit, generator: generator), other = new(Levit, generator: generator);
        Assert.AreNotEqual(one.Levit.DropPathSeed, other.Levit.DropPathSeed);
        using Mask2FormerForUniversalSegmentation first = new(Segmenter, generator: generator), second = new(Segmenter, generator: generator);
        Assert.AreNotEqual(first.Generator.initial_seed(), second.Generator.initial_seed());
    }

    private static nn.Module Reload<TTransformer>(IEstimator<TTransformer> estimator, Func<TTransformer, nn.Module> module)
        where TTransformer : class, ITransformer
    {
        IDataView data = ConformanceData.Create(Ml, PictureForm.Paths);
        TTransformer transformer = estimator.Fit(data);
        return module((TTransformer)SchemaConformanceTests.Reload(transformer, data.Schema));
    }

    private static void AssertDrawsAreItsOwn(Func<nn.Module> load, Func<nn.Module, Tensor, Tensor> forward, Tensor pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        (Tensor First, Tensor Second) one = Passes(), other = Passes();
        Assert.IsGreaterThan(1e-2f, Difference(one.First, one.Second), "Two passes drop the same.");
        Assert.IsLessThan(1e-3f, Difference(one.First, other.First));
        Assert.IsLessThan(1e-3f, Difference(one.Second, other.Second));

        (Tensor First, Tensor Second) Passes()
        {
            using nn.Module module = load();
            GC.Collect(); // what does not belong to the model may go now
            GC.WaitForPendingFinalizers();
            module.train();
            byte[] before = GlobalState();
            (Tensor, Tensor) passes = (forward(module, pictures), forward(module, pictures));
            CollectionAssert.AreEqual(before, GlobalState(), "Torch's global generator was drawn from.");
            return passes;
        }

        static byte[] GlobalState()
        {
            using Tensor state = random.get_rng_state();
            return [.. state.data<byte>()];
        }

        static float Difference(Tensor a, Tensor b) => (a - b).abs().max().item<float>();
    }

    private static IHost Host() => ((IHostEnvironment)new MLContext()).Register("Test");
}
