using MLNetVision.Models.Mask2Former;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Parity;

[TestClass]
public sealed class Mask2FormerPartsGoldenTests
{
    private const string Area = "mask2former-parts";

    public static IEnumerable<object[]> DeformableAttentionCases => Goldens.Names(Area, golden => golden.HasInput("sampling_locations"));

    public static IEnumerable<object[]> PositionEmbeddingCases => Goldens.Names(Area, golden => golden.ExpectedNames.Contains("position_embedding"));

    [TestMethod]
    [DynamicData(nameof(DeformableAttentionCases))]
    public void DeformableAttention_GoldenCase_OutputAndGradientsEqual(string name)
    {
        using var scope = NewDisposeScope();
        GoldenCase golden = Goldens.Load(Area, name);
        Tensor value = golden.InputTensor("value").requires_grad_();
        Tensor locations = golden.InputTensor("sampling_locations").requires_grad_();
        Tensor weights = golden.InputTensor("attention_weights").requires_grad_();

        Tensor output = MultiScaleDeformableAttention.Compute(value, Levels(golden), locations, weights);
        // The goldens hold the gradients of two passes added up: all three are exactly twice the ones of a single pass.
        Tensor loss = (output * golden.InputTensor("output_weight")).sum();
        loss.backward(retain_graph: true);
        loss.backward();

        golden.AssertTensor("output", output);
        golden.AssertTensor("gradient.value", value.grad!);
        golden.AssertTensor("gradient.sampling_locations", locations.grad!);
        golden.AssertTensor("gradient.attention_weights", weights.grad!);
    }

    [TestMethod]
    [DynamicData(nameof(PositionEmbeddingCases))]
    public void SinePositionEmbedding_GoldenCase_Equal(string name)
    {
        using var scope = NewDisposeScope();
        GoldenCase golden = Goldens.Load(Area, name);
        long[] shape = GoldenCase.Longs(golden.Input("x").GetProperty("shape"));
        var embedding = new SinePositionEmbedding(2 * golden.Json.GetProperty("num_pos_feats").GetInt32());

        Tensor positions = embedding.Get(shape[2], shape[3], CPU, ScalarType.Float32);

        golden.AssertTensor("position_embedding", positions.transpose(1, 2).unflatten(2, shape[2], shape[3]).expand(shape[0], -1, -1, -1));
    }

    internal static MapSize[] Levels(GoldenCase golden) =>
        [.. golden.Input("spatial_shapes").EnumerateArray().Select(level => new MapSize(level[0].GetInt64(), level[1].GetInt64()))];
}
