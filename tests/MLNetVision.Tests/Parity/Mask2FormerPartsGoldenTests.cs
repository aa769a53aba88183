using MLNetVision.Models.Mask2Former.Pixels;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Parity;

[TestClass]
[TestCategory("Levels")]
[TestCategory(TestDevice.Category)]
public sealed class Mask2FormerPartsGoldenTests
{
    private const string Area = "mask2former-parts";

    public static IEnumerable<object[]> PositionEmbeddingCases => Goldens.Names(Area, golden => golden.ExpectedNames.Contains("position_embedding"));

    [TestMethod]
    [DynamicData(nameof(PositionEmbeddingCases))]
    public void SinePositionEmbedding_GoldenCase_Equal(string name)
    {
        using var scope = NewDisposeScope();
        GoldenCase golden = Goldens.Load(Area, name);
        long[] shape = GoldenCase.Longs(golden.Input("x").GetProperty("shape"));
        var embedding = new SinePositionEmbedding(2 * golden.Json.GetProperty("num_pos_feats").GetInt32());

        Tensor positions = embedding.Get(shape[2], shape[3], TestDevice.Get(), ScalarType.Float32);

        golden.AssertTensor("position_embedding", positions.transpose(1, 2).unflatten(2, shape[2], shape[3]).expand(shape[0], -1, -1, -1));
    }
}
