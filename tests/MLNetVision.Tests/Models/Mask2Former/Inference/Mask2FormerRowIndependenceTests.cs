using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Mask2Former.Inference;

/// <summary>An answer depends on the pixels of its own picture only, whatever others hold.</summary>
[TestClass]
[TestCategory("Levels")]
public sealed class Mask2FormerRowIndependenceTests
{
    [TestMethod]
    [DoNotParallelize]
    [DataRow(1, ScoringPrecision.Single)]
    [DataRow(2, ScoringPrecision.Single)]
    [DataRow(1, ScoringPrecision.BFloat16)]
    [DataRow(2, ScoringPrecision.BFloat16)]
    public void Predict_NonFinitePictures_ChangeNoOtherAnswer(int threads, ScoringPrecision precision)
    {
        Mask2FormerConfig narrow = Config(8, [1, 2, 2, 4], 32, 16), wide = Config(24, [3, 6, 3, 6], 96, 36);
        foreach (Mask2FormerConfig config in threads == 1 && GemmKernels.IsFast ? [narrow, wide] : new[] { narrow })
        {
            using Mask2FormerForUniversalSegmentation model = Create(config);
            using Mask2FormerInference clean = new(model, precision), tried = new(model, precision);
            TorchThreads.Run(threads, () =>
            {
                SpoiltRows.AssertLeaveOthersAlone(batch => Answer(clean, batch), batch => Answer(tried, batch), Pictures());
                return 0;
            });
        }
    }

    [TestMethod]
    public void Forward_NonFinitePicturesInEvalMode_ChangeNoOtherAnswer()
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        using Mask2FormerForUniversalSegmentation model = Create(Config(32, [1, 2, 4, 8], 32, 32));
        Func<Tensor, Tensor> forward = batch =>
        {
            Mask2FormerSegmentationOutput output = model.forward(batch);
            return cat([output.ClassQueriesLogits.flatten(1), output.MasksQueriesLogits!.flatten(1)], 1);
        };
        SpoiltRows.AssertLeaveOthersAlone(forward, forward, Pictures(), tolerance: 1e-3f);
    }

    private static Mask2FormerConfig Config(int embedDim, int[] heads, int features, int maskFeatures) => new()
    {
        Labels = PretrainedConfig.DefaultLabels(3),
        BackboneConfig = new SwinConfig
        {
            EmbedDim = embedDim, Depths = [1, 2, 1, 1], NumHeads = heads, WindowSize = 3, OutFeatures = ["stage1", "stage2", "stage3", "stage4"],
        },
        FeatureSize = features, MaskFeatureSize = maskFeatures, HiddenDim = features, EncoderFeedforwardDim = 40, DimFeedforward = 40,
        EncoderLayers = 1, DecoderLayers = 3, NumAttentionHeads = 4, NumQueries = 6,
    };

    private static Tensor Answer(Mask2FormerInference inference, Tensor batch)
    {
        Mask2FormerPrediction prediction = inference.Predict(batch);
        return cat([prediction.ClassQueriesLogits.flatten(1), prediction.MasksQueriesLogits.flatten(1)], 1);
    }

    private static Tensor Pictures() => ProceduralTensor.Create("pictures", [8, 3, 34, 26], 2, 0);

    private static Mask2FormerForUniversalSegmentation Create(Mask2FormerConfig config)
    {
        var model = new Mask2FormerForUniversalSegmentation(config);
        ProceduralTensor.FillWeights(model, "rows");
        model.eval();
        return model;
    }
}
