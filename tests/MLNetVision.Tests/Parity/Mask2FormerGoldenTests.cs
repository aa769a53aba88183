using System.Globalization;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Parity;

[TestClass]
public sealed class Mask2FormerGoldenTests
{
    public static IEnumerable<object[]> Cases => Goldens.Names("mask2former");

    public static IEnumerable<object[]> KeyCases => Goldens.Names("keys", golden => golden.Text("class") == nameof(Mask2FormerForUniversalSegmentation));

    [TestMethod]
    [TestCategory("Levels")]
    [TestCategory(TestDevice.Category)]
    [DynamicData(nameof(Cases))]
    public void Outputs_GoldenCase_Equal(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        GoldenCase golden = Goldens.Load("mask2former", name);
        using Mask2FormerForUniversalSegmentation model = Load(golden);

        Device device = TestDevice.Get();
        model.to(device);

        Mask2FormerSegmentationOutput output = model.call(golden.InputTensor("pixel_values").to(device), Mask2FormerOutputs.All);

        AssertOutputs(golden, output);
    }

    [TestMethod]
    [TestCategory("Levels")]
    [TestCategory("Heavy")]
    [DynamicData(nameof(Cases))]
    public void InferenceForm_GoldenCase_PredictsTheSame(string name)
    {
        using var scope = NewDisposeScope();
        GoldenCase golden = Goldens.Load("mask2former", name);
        using Mask2FormerForUniversalSegmentation model = Load(golden);
        using var inference = new Mask2FormerInference(model);

        Mask2FormerPrediction prediction = inference.Predict(golden.InputTensor("pixel_values"));

        golden.AssertTensor("class_queries_logits", prediction.ClassQueriesLogits);
        golden.AssertTensor("masks_queries_logits", prediction.MasksQueriesLogits);
    }

    [TestMethod]
    [TestCategory("Levels")]
    [TestCategory("Heavy")]
    [DynamicData(nameof(Cases))]
    public void InferenceForm_InBFloat16_PredictsNearly(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        GoldenCase golden = Goldens.Load("mask2former", name);
        using Mask2FormerForUniversalSegmentation model = Load(golden);
        Tensor pixels = golden.InputTensor("pixel_values");
        Mask2FormerPrediction expected = Predict(ScoringPrecision.Single), actual = Predict(ScoringPrecision.BFloat16);
        foreach (Tensor weight in model.parameters())
        {
            weight.copy_(weight.to(bfloat16));
        }

        // How much a network makes of rounding differs; half of it is the weights', the rest the inputs' of products.
        Mask2FormerPrediction rounded = Predict(ScoringPrecision.Single);

        AssertNear(expected.ClassQueriesLogits, actual.ClassQueriesLogits, rounded.ClassQueriesLogits);
        AssertNear(expected.MasksQueriesLogits, actual.MasksQueriesLogits, rounded.MasksQueriesLogits);

        Mask2FormerPrediction Predict(ScoringPrecision precision)
        {
            using var inference = new Mask2FormerInference(model, precision);
            return inference.Predict(pixels);
        }

        static void AssertNear(Tensor expected, Tensor actual, Tensor rounded) => Assert.IsLessThanOrEqualTo(
            3 * (rounded - expected).abs().mean().item<float>(), (actual - expected).abs().mean().item<float>());
    }

    [TestMethod]
    [DynamicData(nameof(KeyCases))]
    public void StateDict_GoldenCase_HasItsKeysInOrder(string name)
    {
        GoldenCase golden = Goldens.Load("keys", name);
        using var model = new Mask2FormerForUniversalSegmentation(PretrainedConfig.FromJson<Mask2FormerConfig>(golden.ConfigJson));
        StateDicts.AssertEqual(golden, model);
    }

    internal static Mask2FormerForUniversalSegmentation Load(GoldenCase golden)
    {
        var model = new Mask2FormerForUniversalSegmentation(PretrainedConfig.FromJson<Mask2FormerConfig>(golden.ConfigJson));
        ProceduralTensor.FillWeights(model, golden.WeightSalt);
        model.train(golden.Text("mode") == "train");
        return model;
    }

    internal static void AssertOutputs(GoldenCase golden, Mask2FormerSegmentationOutput output)
    {
        foreach (string expected in golden.ExpectedNames)
        {
            Tensor actual = Find(output, expected);
            if (expected.StartsWith("attention_masks.", StringComparison.Ordinal))
            {
                long heads = golden.Expected(expected).GetProperty("shape")[0].GetInt64() / actual.shape[0];
                actual = actual.repeat_interleave(heads, 0);
            }

            golden.AssertTensor(expected, actual);
        }
    }

    private static Tensor Find(Mask2FormerSegmentationOutput output, string name)
    {
        string[] parts = name.Split('.');
        int index = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        Mask2FormerModelOutput model = output.Model;
        return parts[0] switch
        {
            "class_queries_logits" => output.ClassQueriesLogits,
            "masks_queries_logits" => output.MasksQueriesLogits!,
            "auxiliary_logits" when parts[2] == "class_queries_logits" => output.AuxiliaryLogits![index].ClassQueriesLogits,
            "auxiliary_logits" when parts[2] == "masks_queries_logits" => output.AuxiliaryLogits![index].MasksQueriesLogits,
            "encoder_last_hidden_state" => model.EncoderLastHiddenState!,
            "pixel_decoder_last_hidden_state" => model.PixelDecoderLastHiddenState!,
            "transformer_decoder_last_hidden_state" => model.TransformerDecoderLastHiddenState!,
            "encoder_hidden_states" => model.EncoderHiddenStates![index],
            "pixel_decoder_hidden_states" => model.PixelDecoderHiddenStates![index],
            "transformer_decoder_hidden_states" => model.TransformerDecoderHiddenStates![index],
            "attentions" => model.Attentions![index],
            "attention_masks" => model.AttentionMasks![index],
            _ => throw new InvalidDataException($"The golden expects '{name}', which the model does not have."),
        };
    }
}
