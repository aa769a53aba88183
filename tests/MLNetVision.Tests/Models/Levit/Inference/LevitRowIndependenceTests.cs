using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Scoring;
using MLNetVision.Tests.Parity;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Levit.Inference;

/// <summary>An answer depends on the pixels of its own picture only, whatever others hold.</summary>
[TestClass]
[TestCategory("Levels")]
public sealed class LevitRowIndependenceTests
{
    /// <summary>Widths, key and value channels and tokens that fill no vector; in turns, so that memory is cut differently from step to step.</summary>
    private static readonly LevitConfig[] Configs =
    [
        LevitGolden.TinyConfig,
        LevitInferenceTests.OddConfig,
        LevitGolden.TinyConfig with
        {
            ImageSize = 112, HiddenSizes = [40, 72, 104], NumAttentionHeads = [2, 3, 4], KeyDim = [20, 12, 9], AttentionRatio = [1, 2, 3], MlpRatio = [2, 1, 2], Depths = [1, 2, 1],
        },
    ];

    private const float TorchTolerance = 1e-5f;

    [TestMethod]
    [DoNotParallelize]
    [TestCategory("Heavy")]
    [DataRow(1, ScoringPrecision.Single)]
    [DataRow(2, ScoringPrecision.Single)]
    [DataRow(1, ScoringPrecision.BFloat16)]
    [DataRow(2, ScoringPrecision.BFloat16)]
    public void Score_NonFinitePictures_ChangeNoOtherAnswer(int threads, ScoringPrecision precision) =>
        AssertRowsAreIndependent(threads, (config, weights) => LevitInference.FromWeights(config, weights, precision, useKernels: true));

    [TestMethod]
    [DoNotParallelize]
    public void Score_NonFinitePicturesWithTorchOperators_ChangeNoOtherAnswer() => AssertRowsAreIndependent(
        threads: 1, (config, weights) => LevitInference.FromWeights(config, weights, ScoringPrecision.Single, useKernels: false), TorchTolerance);

    [TestMethod]
    public void Forward_NonFinitePicturesInEvalMode_ChangeNoOtherAnswer()
    {
        foreach (LevitConfig config in Configs)
        {
            using DisposeScope scope = NewDisposeScope();
            using var noGradient = no_grad();
            using LevitForImageClassificationWithTeacher model = Create(config);
            Func<Tensor, Tensor> forward = batch => model.call(batch).Logits;
            SpoiltRows.AssertLeaveOthersAlone(forward, forward, Pictures(config), TorchTolerance);
        }
    }

    private static void AssertRowsAreIndependent(int threads, Func<LevitConfig, Dictionary<string, Tensor>, LevitInference> make, float tolerance = 0)
    {
        foreach (LevitConfig config in Configs)
        {
            using DisposeScope scope = NewDisposeScope();
            using LevitForImageClassificationWithTeacher model = Create(config);
            using LevitInference clean = make(config, model.state_dict()), tried = make(config, model.state_dict());
            TorchThreads.Run(threads, () =>
            {
                SpoiltRows.AssertLeaveOthersAlone(batch => Answer(clean, batch), batch => Answer(tried, batch), Pictures(config), tolerance);
                return 0;
            });
        }
    }

    private static Tensor Answer(LevitInference inference, Tensor batch)
    {
        LevitScores scores = inference.Score(batch);
        return cat([scores.Logits, scores.PooledOutput], 1);
    }

    private static Tensor Pictures(LevitConfig config) => ProceduralTensor.Create("pictures", [8, 3, config.ImageSize, config.ImageSize], 2, 0);

    private static LevitForImageClassificationWithTeacher Create(LevitConfig config)
    {
        var model = new LevitForImageClassificationWithTeacher(config);
        ProceduralTensor.FillWeights(model, "rows");
        model.eval();
        return model;
    }
}
