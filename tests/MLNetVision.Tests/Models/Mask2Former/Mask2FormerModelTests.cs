using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Mask2Former;

[TestClass]
public sealed class Mask2FormerModelTests
{
    internal static readonly Mask2FormerConfig Small = new()
    {
        BackboneConfig = new SwinConfig
        {
            EmbedDim = 8, Depths = [1, 1, 2, 1], NumHeads = [1, 2, 2, 4], WindowSize = 4, DropPathRate = 0,
            OutFeatures = ["stage1", "stage2", "stage3", "stage4"],
        },
        FeatureSize = 32, HiddenDim = 32, MaskFeatureSize = 16, NumAttentionHeads = 4, EncoderLayers = 1, DecoderLayers = 3,
        EncoderFeedforwardDim = 24, DimFeedforward = 40, NumQueries = 7, Labels = PretrainedConfig.DefaultLabels(3),
    };

    [TestMethod]
    public void Config_RoundTrip_KeepsEverything()
    {
        Mask2FormerConfig config = Small with { PreNorm = true, Dropout = 0.25, FeatureStrides = [4, 8, 16, 32], BackboneConfig = SwinConfig.Base };
        Assert.AreEqual(config, PretrainedConfig.FromJson<Mask2FormerConfig>(config.ToJson()));
        Assert.AreEqual(SwinConfig.Base with { EmbedDim = SwinConfig.Tiny.EmbedDim, NumHeads = SwinConfig.Tiny.NumHeads, WindowSize = 7, ImageSize = 224 }, SwinConfig.Small);
        Assert.AreEqual(SwinConfig.Large, Mask2FormerConfig.FromBackboneConfig(SwinConfig.Large).BackboneConfig);
    }

    [TestMethod]
    [DataRow("feature_size", """{"feature_size":48}""")]
    [DataRow("hidden_dim", """{"hidden_dim":100}""")]
    [DataRow("num_queries", """{"num_queries":0}""")]
    [DataRow("backbone_config", """{"backbone_config":{"out_features":["stage4"]}}""")]
    [DataRow("activation_function", """{"activation_function":"nothing"}""")]
    [DataRow("feature_strides", """{"feature_strides":[4]}""")]
    public void Config_ImpossibleField_ErrorNamesIt(string field, string json)
    {
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => PretrainedConfig.FromJson<Mask2FormerConfig>(json));
        StringAssert.Contains(error.Message, $"'{field}'");
    }

    [TestMethod]
    [DataRow("float32")]
    [DataRow("float64")]
    public void Backward_AfterAForwardPassInInferenceMode_HasGradients(string type)
    {
        using var scope = NewDisposeScope();
        using var model = new Mask2FormerForUniversalSegmentation(Small);
        model.to(type == "float64" ? ScalarType.Float64 : ScalarType.Float32);
        Tensor pixels = rand([1, 3, 64, 64], dtype: model.parameters().First().dtype);
        using (inference_mode())
        {
            model.eval();
            model.call(pixels, Mask2FormerOutputs.Masks);
        }

        model.train();
        model.call(pixels, Mask2FormerOutputs.Masks).MasksQueriesLogits!.sum().backward();
        Assert.IsTrue(model.named_parameters().Where(item => item.name.Contains("sampling_offsets", StringComparison.Ordinal)).All(item => item.parameter.grad is not null));
    }

    [TestMethod]
    public void Forward_NothingAsked_ReturnsClassLogitsAlone()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = new Mask2FormerForUniversalSegmentation(Small);
        Mask2FormerSegmentationOutput output = model.call(rand(2, 3, 40, 56), Mask2FormerOutputs.None);
        CollectionAssert.AreEqual(new long[] { 2, 7, 4 }, output.ClassQueriesLogits.shape);
        Assert.IsNull(output.MasksQueriesLogits);
        Assert.AreEqual(new Mask2FormerModelOutput(), output.Model);
    }

    [TestMethod]
    public void Forward_MaskEmbeddings_MakeTheMasksAndCarryGradients()
    {
        using var scope = NewDisposeScope();
        using var model = new Mask2FormerForUniversalSegmentation(Small with { UseAuxiliaryLoss = false }, generator: new Generator(1));
        model.train();
        using Tensor image = rand(2, 3, 64, 64, generator: new Generator(2));
        Mask2FormerSegmentationOutput output = model.call(image, Mask2FormerOutputs.MaskEmbeddings);
        Mask2FormerSegmentationOutput reference = model.call(image, Mask2FormerOutputs.Masks | Mask2FormerOutputs.AuxiliaryLogits);

        Assert.IsNull(output.MasksQueriesLogits);
        Assert.AreEqual(3, output.LayerPredictions!.Count);
        Tensor[] masks = [.. output.LayerPredictions.Select(layer => einsum("bqc,bchw->bqhw", layer.MaskEmbeddings, output.MaskFeatures!))];
        Assert.IsTrue(masks[2].allclose(reference.MasksQueriesLogits!, rtol: 1e-4, atol: 1e-4));
        Assert.IsTrue(masks[0].allclose(reference.AuxiliaryLogits![0].MasksQueriesLogits, rtol: 1e-4, atol: 1e-4));

        Tensor loss = output.LayerPredictions.Select(layer => layer.ClassQueriesLogits.sum()).Aggregate((a, b) => a + b) + masks.Select(m => m.square().mean()).Aggregate((a, b) => a + b);
        loss.backward();
        string[] without = [.. model.named_parameters().Where(parameter => parameter.parameter.grad is null).Select(parameter => parameter.name)];
        Assert.AreEqual(0, without.Length, string.Join(", ", without));
    }

    [TestMethod]
    public void Initialization_Original_KeepsRingOffsetsAndUnitEmbeddings()
    {
        using var scope = NewDisposeScope();
        using var model = new Mask2FormerForUniversalSegmentation(Small with { NumQueries = 400 }, generator: new Generator(3));
        Dictionary<string, Tensor> state = model.state_dict();
        const string Offsets = "model.pixel_level_module.decoder.encoder.layers.0.self_attn.sampling_offsets.";
        Assert.AreEqual(0, state[Offsets + "weight"].abs().max().item<float>());
        Tensor rings = state[Offsets + "bias"].view(4, 3, 4, 2);
        for (int point = 0; point < 4; point++)
        {
            Tensor distances = rings.select(2, point).abs().amax([-1]);
            Assert.IsTrue(distances.allclose(full_like(distances, point + 1f)));
        }

        Assert.AreEqual(1, state["model.transformer_module.queries_features.weight"].std().item<float>(), 0.05);
        Assert.AreEqual(1, state["model.transformer_module.queries_embedder.weight"].std().item<float>(), 0.05);
    }

    [TestMethod]
    public void Initialization_HuggingFace_DissolvesRingsAndNarrowsEmbeddings()
    {
        using var scope = NewDisposeScope();
        using var model = new Mask2FormerForUniversalSegmentation(Small with { NumQueries = 400 }, WeightInitialization.HuggingFace, new Generator(3));
        Dictionary<string, Tensor> state = model.state_dict();
        Assert.IsTrue(state["model.pixel_level_module.decoder.encoder.layers.0.self_attn.sampling_offsets.weight"].abs().max().item<float>() > 0);
        Assert.AreEqual(0, state["model.pixel_level_module.decoder.level_embed"].abs().max().item<float>());
        Assert.AreEqual(0.02, state["model.transformer_module.queries_features.weight"].std().item<float>(), 0.001);
    }

    [TestMethod]
    [DataRow(WeightInitialization.Original)]
    [DataRow(WeightInitialization.HuggingFace)]
    public void Initialization_OneGenerator_Repeats(WeightInitialization scheme)
    {
        using var scope = NewDisposeScope();
        using var first = new Mask2FormerForUniversalSegmentation(Small, scheme, new Generator(5));
        using var second = new Mask2FormerForUniversalSegmentation(Small, scheme, new Generator(5));
        foreach ((string key, Tensor value) in first.state_dict())
        {
            Assert.IsTrue(value.eq(second.state_dict()[key]).all().item<bool>(), key);
        }
    }

    [TestMethod]
    [DataRow(11)]
    [DataRow(4)]
    public void FromPretrained_OtherNumberOfQueries_KeepsTheFirstRows(int queries)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var stored = new Mask2FormerForUniversalSegmentation(Small, generator: new Generator(5));
        stored.SavePretrained(folder.Path);
        var warnings = new List<string>();
        using var model = Mask2FormerForUniversalSegmentation.FromPretrained(
            folder.Path, out LoadReport report, new PretrainedOptions { Config = Small with { NumQueries = queries }, Generator = new Generator(6), Warning = warnings.Add });
        Dictionary<string, Tensor> expected = stored.state_dict(), actual = model.state_dict();
        int kept = Math.Min(queries, Small.NumQueries);
        foreach (string key in new[] { "model.transformer_module.queries_embedder.weight", "model.transformer_module.queries_features.weight" })
        {
            Assert.AreEqual(queries, actual[key].shape[0]);
            Assert.IsTrue(actual[key][..kept].eq(expected[key][..kept]).all().item<bool>(), key);
            Assert.IsTrue(actual[key].abs().sum(1).min().item<float>() > 0, $"{key}: a row was not drawn");
        }

        Assert.AreEqual(2, report.Resized.Count);
        Assert.AreEqual(0, report.Reshaped.Count);
        Assert.IsFalse(report.IsComplete);
        StringAssert.Contains(warnings.Single(), "another number of rows");
        Assert.ThrowsExactly<CheckpointMismatchException>(() => Mask2FormerForUniversalSegmentation.FromPretrained(
            folder.Path, new PretrainedOptions { Config = Small with { NumQueries = queries }, Mode = LoadMode.Strict }));
    }

    [TestMethod]
    public void Training_WithDropout_RepeatsWithItsGenerator()
    {
        using var scope = NewDisposeScope();
        float[] Run()
        {
            using var model = new Mask2FormerForUniversalSegmentation(
                Small with { Dropout = 0.3, BackboneConfig = Small.BackboneConfig with { DropPathRate = 0.4 } }, generator: new Generator(11));
            model.train();
            return [.. model.forward(ones(2, 3, 32, 48)).MasksQueriesLogits!.detach().data<float>()];
        }

        CollectionAssert.AreEqual(Run(), Run());
    }

    [TestMethod]
    [DoNotParallelize]
    public void Forward_ManyCalls_LeakNoTensors()
    {
        using var noGrad = no_grad();
        using var model = new Mask2FormerForUniversalSegmentation(Small);
        model.eval();
        void Run(Mask2FormerOutputs outputs)
        {
            using var scope = NewDisposeScope();
            model.call(rand(1, 3, 64, 48), outputs);
        }

        Run(Mask2FormerOutputs.All); // fills the caches of masks and positions
        long before = LiveTensors.Count();
        Run(Mask2FormerOutputs.All);
        Run(Mask2FormerOutputs.Prediction);
        Run(Mask2FormerOutputs.MaskEmbeddings);
        Assert.IsLessThanOrEqualTo(before, Tensor.TotalCount);
    }
}
