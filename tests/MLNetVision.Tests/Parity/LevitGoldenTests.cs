using System.Text.Json;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Scoring;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Parity;

/// <summary>Hugging Face's LeViT: its state-dict keys, its outputs in eval mode, and the inference form's.</summary>
[TestClass]
public sealed class LevitGoldenTests
{
    public static IEnumerable<object[]> KeyCases => Goldens.Names("keys", golden => golden.TextOrNull("class")?.StartsWith("Levit", StringComparison.Ordinal) == true);

    public static IEnumerable<object[]> EvalCases => Goldens.Names("levit");

    public static IEnumerable<object[]> ScoringCases => Goldens.Names("levit", golden => golden.Text("class") != nameof(LevitModel));

    [TestMethod]
    [DynamicData(nameof(KeyCases))]
    public void StateDict_OfPreset_HasKeysInOrderWithShapesAndTypes(string name)
    {
        GoldenCase golden = Goldens.Load("keys", name);
        using nn.Module model = LevitGolden.CreateModel(golden);
        string[] expected = [.. golden.Json.GetProperty("state_dict").EnumerateObject()
            .Select(entry => $"{entry.Name} {entry.Value[0].GetString()} {string.Join("×", GoldenCase.Longs(entry.Value[1]))}")];
        string[] actual = [.. model.state_dict().Select(entry => $"{entry.Key} {entry.Value.dtype.ToString().ToLowerInvariant()} {string.Join("×", entry.Value.shape)}")];
        CollectionAssert.AreEqual(expected, actual);
        Assert.AreEqual(golden.Json.GetProperty("parameters").GetInt64(), model.parameters().Sum(parameter => parameter.numel()));
    }

    [TestMethod]
    [TestCategory("Levels")]
    [DynamicData(nameof(EvalCases))]
    public void Model_InEvalMode_GivesHuggingFaceOutputs(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        GoldenCase golden = Goldens.Load("levit", name);
        using nn.Module model = LevitGolden.CreateModel(golden);
        model.eval();
        Tensor pixelValues = golden.InputTensor("pixel_values");
        Dictionary<string, Tensor> outputs = LevitGolden.Outputs(model, pixelValues);
        foreach (string expected in golden.ExpectedNames)
        {
            golden.AssertTensor(expected, outputs[expected]);
        }
    }

    [TestMethod]
    [TestCategory("Levels")]
    [TestCategory("Heavy")]
    [DynamicData(nameof(ScoringCases))]
    public void InferenceForm_InVectorCode_GivesHuggingFaceLogits(string name) => AssertInferenceForm(name, ScoringPrecision.Single, useKernels: true);

    [TestMethod]
    [TestCategory("Levels")]
    [DynamicData(nameof(ScoringCases))]
    public void InferenceForm_InLibtorch_GivesHuggingFaceLogits(string name) => AssertInferenceForm(name, ScoringPrecision.Single, useKernels: false);

    [TestMethod]
    [TestCategory("Levels")]
    [TestCategory("Heavy")]
    [DynamicData(nameof(ScoringCases))]
    public void InferenceForm_InBFloat16_IsNearHuggingFaceLogits(string name) => AssertInferenceForm(name, ScoringPrecision.BFloat16, useKernels: true);

    private static void AssertInferenceForm(string name, ScoringPrecision precision, bool useKernels)
    {
        using DisposeScope scope = NewDisposeScope();
        GoldenCase golden = Goldens.Load("levit", name);
        using nn.Module model = LevitGolden.CreateModel(golden);
        model.eval();
        using LevitInference inference = LevitInference.FromWeights(LevitConfig.FromJson(golden.ConfigJson), model.state_dict(), precision, useKernels);
        Tensor pixelValues = golden.InputTensor("pixel_values");
        using LevitScores scores = inference.Score(pixelValues);
        Tensor expected = golden.StoredTensor(golden.Expected("logits").GetProperty("tensor").GetString()!);
        JsonElement description = golden.Expected("logits");
        long stride = description.TryGetProperty("stride", out JsonElement given) ? given.GetInt64() : 1;
        Tensor actual = scores.Logits.reshape(-1).slice(0, 0, scores.Logits.numel(), stride);
        double worst = (actual - expected.reshape(-1)).abs().max().item<float>();
        Assert.IsLessThanOrEqualTo(Tolerance(expected), worst, $"{name}: logits differ by {worst:g3}");
        CollectionAssert.AreEqual(GoldenCase.Longs(description.GetProperty("shape")), scores.Logits.shape);

        Tensor pooled = LevitGolden.Outputs(model, pixelValues)["pooler_output"];
        Assert.IsLessThanOrEqualTo(Tolerance(pooled), (pooled - scores.PooledOutput).abs().max().item<float>());

        double Tolerance(Tensor wanted) => precision == ScoringPrecision.Single ? 1e-4 : 2e-2 * wanted.abs().max().item<float>();
    }
}
