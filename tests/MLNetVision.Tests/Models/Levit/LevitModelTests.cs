using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Layers;
using MLNetVision.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Levit;

[TestClass]
public sealed class LevitModelTests
{
    [TestMethod]
    [DataRow(new long[] { 2, 1, 32, 32 }, "channels")]
    [DataRow(new long[] { 2, 3, 32, 48 }, "square")]
    [DataRow(new long[] { 2, 3, 48, 48 }, "32×32")]
    [DataRow(new long[] { 3, 32, 32 }, "[images")]
    [DataRow(new long[] { 0, 3, 32, 32 }, "no image")]
    public void Model_UnfitInput_SaysWhatWasExpected(long[] shape, string fragment)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new LevitForImageClassification(LevitGolden.TinyConfig);
        model.eval();
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => model.call(zeros(shape))).Message, fragment);
        using LevitInference inference = LevitInference.From(model);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => inference.Score(zeros(shape))).Message, fragment);
    }

    [TestMethod]
    public void Model_BatchOfOne_IsScoredButNotTrained()
    {
        using DisposeScope scope = NewDisposeScope();
        using var classifier = new LevitForImageClassification(LevitGolden.TinyConfig);
        using var student = new LevitForImageClassificationWithTeacher(LevitGolden.TinyConfig);
        using var backbone = new LevitModel(LevitGolden.TinyConfig);
        using var largeBackbone = new LevitModel(LevitGolden.TinyConfig with { ImageSize = 96 });
        Tensor image = rand(1, 3, 32, 32);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => classifier.call(image)).Message, "two images");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => student.call(image)).Message, "two images");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => backbone.call(image)).Message, "two images");
        Assert.AreEqual(0, classifier.state_dict().Where(entry => entry.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Sum(entry => entry.Value.item<long>()));
        CollectionAssert.AreEqual(new long[] { 1, 4, 32 }, largeBackbone.call(rand(1, 3, 96, 96)).LastHiddenState.shape);
        classifier.eval();
        CollectionAssert.AreEqual(new long[] { 1, 5 }, classifier.call(image).Logits.shape);
    }

    [TestMethod]
    public void Model_ContradictoryConfig_IsRefused() =>
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => new LevitModel(LevitGolden.TinyConfig with { ImageSize = 40 })).Message, "image_size");

    [TestMethod]
    public void Model_ChangedInPlaceBetweenPasses_UsesTheNewBiases()
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator(1);
        using var model = new LevitForImageClassification(LevitGolden.TinyConfig, LevitInitialization.HuggingFace, generator);
        model.eval();
        foreach ((string key, Tensor weight) in model.state_dict())
        {
            if (key.EndsWith("weight", StringComparison.Ordinal))
            {
                weight.uniform_(-1, 1, generator); // large enough for the attention to matter
            }
        }

        Tensor image = rand(1, 3, 32, 32, generator: generator);
        Tensor before = model.call(image).Logits;
        Tensor biases = model.state_dict()["levit.encoder.stages.0.layers.0.module.attention_biases"];
        Tensor original = biases.clone();
        biases.copy_(torch.tensor(new float[] { 5, -5, 3, -3, -5, 5, -3, 3 }, [2, 4]));
        Tensor changed = model.call(image).Logits;
        Assert.IsGreaterThan(1e-6f, (before - changed).abs().max().item<float>());

        Dictionary<string, Tensor> state = model.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        state["levit.encoder.stages.0.layers.0.module.attention_biases"] = original;
        model.load_state_dict(state);
        Assert.AreEqual(0f, (before - model.call(image).Logits).abs().max().item<float>());
    }

    [TestMethod]
    public void OriginalInitialization_StartsResidualBranchesAtZero()
    {
        using DisposeScope scope = NewDisposeScope();
        using var original = new LevitModel(LevitGolden.TinyConfig);
        using var huggingFace = new LevitModel(LevitGolden.TinyConfig, LevitInitialization.HuggingFace);
        bool Closes(string key) => key.EndsWith("module.projection.batch_norm.weight", StringComparison.Ordinal) || key.EndsWith("module.linear_down.batch_norm.weight", StringComparison.Ordinal);
        int closing = 0;
        foreach ((string key, Tensor weight) in original.state_dict().Where(entry => entry.Key.EndsWith("batch_norm.weight", StringComparison.Ordinal)))
        {
            closing += Closes(key) ? 1 : 0;
            Assert.AreEqual(Closes(key) ? 0f : 1f, weight.mean().item<float>(), key);
        }

        Assert.AreEqual(8, closing); // three blocks of attention and MLP, and the MLPs after two subsamplings
        foreach ((string key, Tensor weight) in huggingFace.state_dict().Where(entry => entry.Key.EndsWith("batch_norm.weight", StringComparison.Ordinal)))
        {
            Assert.AreEqual(1f, weight.min().item<float>(), key);
        }

        Tensor drawn = cat([.. huggingFace.state_dict().Where(entry => entry.Key.EndsWith("linear.weight", StringComparison.Ordinal)).Select(entry => entry.Value.view(-1))]);
        Assert.AreEqual(0.02, drawn.std().item<float>(), 0.001);
    }

    [TestMethod]
    public void Generator_WithSameSeed_GivesSameWeightsAndDropPath()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor images = rand(6, 3, 32, 32);
        Tensor Run(ulong seed)
        {
            using var generator = new Generator(seed);
            using var model = new LevitForImageClassification(LevitGolden.TinyConfig with { DropPathRate = 0.5 }, LevitInitialization.HuggingFace, generator);
            model.call(images);
            return model.call(images).Logits;
        }

        Tensor first = Run(7);
        Assert.AreEqual(0f, (first - Run(7)).abs().max().item<float>());
        Assert.AreNotEqual(0f, (first - Run(8)).abs().max().item<float>());
    }

    [TestMethod]
    public void DropPath_InTrainMode_DropsImagesAndKeepsTheExpectation()
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(3);
        using var residual = new LevitResidual(nn.Identity(), dropRate: 0.25, generator);
        residual.train();
        Tensor output = residual.call(ones(4000, 1, 1));
        float[] values = [.. output.data<float>()];
        CollectionAssert.AreEquivalent(new[] { 1f, 1 + 1 / 0.75f }, values.Distinct().ToArray());
        Assert.AreEqual(2, values.Average(), 0.05);
        residual.eval();
        Assert.AreEqual(2f, residual.call(ones(1, 1, 1)).item<float>());
    }

    [TestMethod]
    [DoNotParallelize]
    public void ForwardPasses_Repeated_LeaveNoNativeTensors()
    {
        using var model = new LevitForImageClassificationWithTeacher(LevitGolden.TinyConfig with { DropPathRate = 0.1 });
        using LevitInference inference = LevitInference.From(model);
        using Tensor images = rand(2, 3, 32, 32);
        long[] counts = new long[4];
        for (int pass = 0; pass < counts.Length; pass++)
        {
            using (NewDisposeScope())
            {
                model.train();
                model.call(images).Logits.sum().backward();
                model.eval();
                using (no_grad())
                {
                    model.call(images);
                }

                inference.Score(images);
            }

            counts[pass] = Tensor.TotalCount;
        }

        // The first pass makes the gradients.
        CollectionAssert.AreEqual(Enumerable.Repeat(counts[1], 3).ToArray(), counts[1..]);
    }
}
