using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Mask2Former.Inference;

[TestClass]
[TestCategory("Levels")]
public sealed class Mask2FormerInferenceSizesTests
{
    /// <summary>Channel counts that fill no vector register, and heads of every width: what lies behind them must not matter.</summary>
    [TestMethod]
    [DataRow(8, "1,1,2,2", 32, 16, 4, 64, 64)]
    [DataRow(12, "2,2,4,4", 32, 20, 4, 64, 64)]
    [DataRow(16, "1,2,4,8", 64, 12, 2, 70, 45)]
    [DataRow(24, "3,6,3,6", 96, 36, 8, 33, 64)]
    [DataRow(32, "2,4,8,16", 64, 64, 4, 96, 64)]
    public void Predict_AnyChannelCounts_EqualsTheModel(int embedDim, string heads, int hiddenDim, int maskFeatureSize, int attentionHeads, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var config = new Mask2FormerConfig
        {
            Labels = PretrainedConfig.DefaultLabels(3),
            BackboneConfig = new SwinConfig
            {
                EmbedDim = embedDim, Depths = [1, 2, 1, 1], NumHeads = [.. heads.Split(',').Select(int.Parse)], WindowSize = 4, OutFeatures = ["stage1", "stage2", "stage3", "stage4"],
            },
            FeatureSize = hiddenDim, MaskFeatureSize = maskFeatureSize, HiddenDim = hiddenDim, EncoderFeedforwardDim = 40, DimFeedforward = 40,
            EncoderLayers = 1, DecoderLayers = 3, NumAttentionHeads = attentionHeads, NumQueries = 6,
        };
        using var model = new Mask2FormerForUniversalSegmentation(config, WeightInitialization.Original, generator);
        ProceduralTensor.FillWeights(model, "sizes");
        model.eval();
        using var inference = new Mask2FormerInference(model);
        Tensor pixels = ProceduralTensor.Create("sizes/pixels", [1, 3, height, width], 2, 0);
        using var noGradient = no_grad();
        Mask2FormerSegmentationOutput expected = model.forward(pixels);
        for (int call = 0; call < 2; call++) // the second one finds the first one's memory
        {
            Mask2FormerPrediction got = inference.Predict(pixels);
            AssertClose(expected.ClassQueriesLogits, got.ClassQueriesLogits, "classes");
            AssertClose(expected.MasksQueriesLogits!, got.MasksQueriesLogits, "masks");
        }
    }

    private static void AssertClose(Tensor expected, Tensor actual, string what)
    {
        float worst = (expected - actual).abs().max().item<float>();
        Assert.IsTrue(worst < 1e-3, $"{what} differ by {worst}");
    }
}
