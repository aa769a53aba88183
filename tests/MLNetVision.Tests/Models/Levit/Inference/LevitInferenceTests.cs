using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Scoring;
using MLNetVision.Tests.Parity;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Levit.Inference;

[TestClass]
[TestCategory("Levels")]
public sealed class LevitInferenceTests
{
    /// <summary>25, 9 and 4 tokens; no size is a multiple of a vector, and no threads can share the heads evenly.</summary>
    internal static readonly LevitConfig OddConfig = LevitGolden.TinyConfig with
    {
        ImageSize = 80,
        HiddenSizes = [24, 40, 56],
        NumAttentionHeads = [3, 1, 5],
        KeyDim = [5, 12, 7],
        AttentionRatio = [3, 1, 4],
        MlpRatio = [1, 0, 3],
        Depths = [2, 1, 0],
        Labels = LevitConfig.DefaultLabels(37),
    };

    /// <summary>Sizes that are no multiple of a vector, all kinds of batches, with one and several threads.</summary>
    [TestMethod]
    [DataRow(1, true)]
    [DataRow(2, true)]
    [DataRow(9, true)]
    [DataRow(21, true)]
    [DataRow(3, false)]
    public void Score_OddSizes_EqualsTheModel(int images, bool useKernels)
    {
        using DisposeScope scope = NewDisposeScope();
        using LevitForImageClassificationWithTeacher model = Create(OddConfig);
        using LevitInference inference = LevitInference.FromWeights(OddConfig, model.state_dict(), ScoringPrecision.Single, useKernels);
        Tensor pixels = ProceduralTensor.Create("pixels", [images, 3, 80, 80], 2, 0);
        AssertEqualsModel(model, inference, pixels);
    }

    [TestMethod]
    public void Score_OfNonContiguousPixels_EqualsTheModel()
    {
        using DisposeScope scope = NewDisposeScope();
        using LevitForImageClassificationWithTeacher model = Create(LevitGolden.TinyConfig);
        using LevitInference inference = LevitInference.From(model);
        AssertEqualsModel(model, inference, ProceduralTensor.Create("pixels", [3, 32, 32, 3], 2, 0).permute(0, 3, 2, 1));
    }

    [TestMethod]
    public void Score_FromSeveralThreads_GivesEachItsOwnAnswer()
    {
        using LevitForImageClassificationWithTeacher model = Create(LevitGolden.TinyConfig);
        using LevitInference inference = LevitInference.From(model);
        Parallel.For(0, 24, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor pixels = ProceduralTensor.Create($"pixels {i}", [1 + i % 5, 3, 32, 32], 2, 0);
            AssertEqualsModel(model, inference, pixels);
        });
    }

    [TestMethod]
    [DoNotParallelize]
    public void Score_WithSeveralTorchThreads_EqualsTheModel()
    {
        using DisposeScope scope = NewDisposeScope();
        using LevitForImageClassificationWithTeacher model = Create(LevitGolden.TinyConfig);
        using LevitInference inference = LevitInference.FromWeights(model.Config, model.state_dict(), ScoringPrecision.Single, useKernels: true);
        int threads = get_num_threads();
        try
        {
            set_num_threads(3);
            foreach (int images in new[] { 1, 2, 3, 50 })
            {
                AssertEqualsModel(model, inference, ProceduralTensor.Create("pixels", [images, 3, 32, 32], 2, 0));
            }
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(9)]
    public void Score_InBFloat16_IsNearTheModel(int images)
    {
        using DisposeScope scope = NewDisposeScope();
        using LevitForImageClassificationWithTeacher model = Create(OddConfig);
        using LevitInference inference = LevitInference.From(model, ScoringPrecision.BFloat16);
        Assert.AreEqual(ScoringPrecision.BFloat16, inference.Precision);
        AssertEqualsModel(model, inference, ProceduralTensor.Create("pixels", [images, 3, 80, 80], 2, 0), relativeTolerance: 2e-2f);
    }

    [TestMethod]
    public void From_NoSuchPrecision_IsAnError()
    {
        using LevitForImageClassificationWithTeacher model = Create(LevitGolden.TinyConfig);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => LevitInference.From(model, (ScoringPrecision)7));
    }

    [TestMethod]
    [DoNotParallelize]
    [DataRow(1, ScoringPrecision.Single)]
    [DataRow(2, ScoringPrecision.Single)]
    [DataRow(7, ScoringPrecision.Single)]
    [DataRow(3, ScoringPrecision.BFloat16)]
    public void Score_OnAnyNumberOfThreads_GivesTheSameBits(int images, ScoringPrecision precision)
    {
        using DisposeScope scope = NewDisposeScope();
        using LevitForImageClassificationWithTeacher model = Create(OddConfig);
        using LevitInference inference = LevitInference.FromWeights(OddConfig, model.state_dict(), precision, useKernels: true);
        Tensor pixels = ProceduralTensor.Create("pixels", [images, 3, 80, 80], 2, 0);
        float[][] logits = [.. new[] { 1, 2, 3, 4 }.Select(count => TorchThreads.Run(count, () => inference.Score(pixels).Logits.data<float>().ToArray()))];
        foreach (float[] others in logits.Skip(1))
        {
            CollectionAssert.AreEqual(logits[0], others);
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void FromWeights_UnfitWeights_NamesTheKey(bool useKernels)
    {
        using DisposeScope scope = NewDisposeScope();
        using LevitForImageClassificationWithTeacher model = Create(LevitGolden.TinyConfig);
        foreach (string key in new[]
        {
            "levit.patch_embeddings.embedding_layer_2.convolution.weight", "levit.encoder.stages.0.layers.0.module.attention_biases",
            "levit.encoder.stages.1.layers.2.queries.linear.weight", "levit.encoder.stages.2.layers.1.module.linear_down.batch_norm.running_var", "classifier.linear.weight",
        })
        {
            Dictionary<string, Tensor> weights = model.state_dict();
            weights[key] = zeros(3, 5);
            InvalidDataException reshaped = Assert.ThrowsExactly<InvalidDataException>(() => LevitInference.FromWeights(model.Config, weights, ScoringPrecision.Single, useKernels));
            StringAssert.Contains(reshaped.Message, $"'{key}' is [3, 5]");
            weights.Remove(key);
            InvalidDataException missing = Assert.ThrowsExactly<InvalidDataException>(() => LevitInference.FromWeights(model.Config, weights, ScoringPrecision.Single, useKernels));
            StringAssert.Contains(missing.Message, key);
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Score_OfSpans_EqualsThatOfTensors(bool useKernels)
    {
        using DisposeScope scope = NewDisposeScope();
        using LevitForImageClassificationWithTeacher model = Create(OddConfig);
        using LevitInference inference = LevitInference.FromWeights(OddConfig, model.state_dict(), ScoringPrecision.Single, useKernels);
        var pixels = new PixelValues(ProceduralTensor.Values("pixels", 3 * 3 * 80 * 80, 2, 0), 3, 80, 80);
        LevitScores expected = inference.Score(tensor(pixels.Values, [3, 3, 80, 80]));
        float[] logits = new float[3 * 37], features = new float[3 * 56], onlyFeatures = new float[3 * 56];
        inference.Score(pixels.Values, 3, logits, features);
        inference.Score(pixels.Values, 3, [], onlyFeatures);
        CollectionAssert.AreEqual(expected.Logits.data<float>().ToArray(), logits);
        CollectionAssert.AreEqual(expected.PooledOutput.data<float>().ToArray(), features);
        CollectionAssert.AreEqual(features, onlyFeatures);
        CollectionAssert.AreEqual(logits, inference.Score(pixels));
    }

    [TestMethod]
    public void Score_SpansOfOtherLengths_AreRefused()
    {
        using LevitForImageClassificationWithTeacher model = Create(LevitGolden.TinyConfig);
        using LevitInference inference = LevitInference.From(model);
        var pixels = new float[2 * 3 * 32 * 32];
        var logits = new float[2 * model.Config.NumLabels];
        inference.Score(pixels, 2, logits);
        Assert.AreEqual("pixelValues", Assert.ThrowsExactly<ArgumentException>(() => inference.Score(pixels, 1, logits)).ParamName);
        Assert.AreEqual("logits", Assert.ThrowsExactly<ArgumentException>(() => inference.Score(pixels, 2, logits.AsSpan(1))).ParamName);
        Assert.AreEqual("pooledOutput", Assert.ThrowsExactly<ArgumentException>(() => inference.Score(pixels, 2, logits, new float[1])).ParamName);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => inference.Score(new PixelValues(new float[3 * 31 * 32], 1, 31, 32))).Message, "[1, 3, 31, 32]");
    }

    [TestMethod]
    public void Score_OtherTypeOfPixels_IsAnError()
    {
        using DisposeScope scope = NewDisposeScope();
        using LevitForImageClassificationWithTeacher model = Create(LevitGolden.TinyConfig);
        using LevitInference inference = LevitInference.From(model);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => inference.Score(zeros(1, 3, 32, 32, dtype: float64))).Message, "float32");
    }

    private static LevitForImageClassificationWithTeacher Create(LevitConfig config)
    {
        var model = new LevitForImageClassificationWithTeacher(config);
        ProceduralTensor.FillWeights(model, "inference");
        model.eval();
        return model;
    }

    private static void AssertEqualsModel(LevitForImageClassificationWithTeacher model, LevitInference inference, Tensor pixels, float? relativeTolerance = null)
    {
        using var noGradient = no_grad();
        using LevitScores scores = inference.Score(pixels);
        using LevitDistillationOutput expected = model.call(pixels);
        AssertNear(expected.Logits, scores.Logits);
        AssertNear(expected.Features.PooledOutput, scores.PooledOutput);

        void AssertNear(Tensor wanted, Tensor actual) => Assert.IsLessThanOrEqualTo(
            relativeTolerance * wanted.abs().max().item<float>() ?? 2e-5f, (wanted - actual).abs().max().item<float>());
    }
}
