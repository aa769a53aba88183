using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Kernels;
using MLNetVision.Tests.Parity;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Levit.Kernels;

[TestClass]
public sealed unsafe class LevitKernelEngineTests
{
    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(1, 2)]
    [DataRow(3, 1)]
    [DataRow(3, 2)]
    public void Score_AStepThrows_GivesTheWorkspacesBackAndTheNextCallIsRight(int images, int threads)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new LevitForImageClassificationWithTeacher(LevitGolden.TinyConfig);
        ProceduralTensor.FillWeights(model, "engine");
        using var engine = new LevitKernelEngine(model.Config, new WeightScope(new TensorWeights(model.state_dict())), ScoringPrecision.Single);
        float[] pixels = ProceduralTensor.Values("pixels", images * 3 * 32 * 32, 2, 0), before = Score();
        int workspaces = engine.IdleWorkspaces;
        LevitKernelStep step = engine.Stages[1][2];
        using var failing = new FailingStep();
        engine.Stages[1][2] = failing;
        for (int i = 0; i < 3; i++)
        {
            Exception error = Assert.Throws<Exception>(() => Score());
            Assert.AreEqual(FailingStep.Message, (error as AggregateException)?.InnerException?.Message ?? error.Message);
        }

        engine.Stages[1][2] = step;
        Assert.IsInRange(1, Math.Max(workspaces, threads), engine.IdleWorkspaces, "workspaces after failing calls");
        CollectionAssert.AreEqual(before, Score());

        float[] Score()
        {
            var answers = new float[images * (engine.Labels + engine.Features)];
            fixed (float* input = pixels, logits = answers)
            {
                engine.Score(input, images, logits, logits + images * engine.Labels, threads);
            }

            return answers;
        }
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(8, 1)]
    [DataRow(32, 4)]
    [DataRow(1000, 16)]
    public void Scorer_OfASmallNetwork_TakesAsManyThreadsAsThereIsWorkFor(int images, int expected)
    {
        using var model = new LevitForImageClassification(
            new LevitConfig { ImageSize = 32, HiddenSizes = [32, 64, 96], NumAttentionHeads = [2, 4, 6], Depths = [2, 2, 2], Labels = LevitConfig.DefaultLabels(10) });
        var weights = new WeightScope(new TensorWeights(model.state_dict()));
        using var scorer = new LevitKernelScorer(model.Config, weights, ScoringPrecision.Single);
        Assert.AreEqual(expected, scorer.ThreadsFor(images, threads: 16));
        using var unbounded = new LevitKernelScorer(model.Config, weights, ScoringPrecision.Single) { LeastThreadOperations = 0 };
        Assert.AreEqual(16, unbounded.ThreadsFor(images, threads: 16));
    }

    [TestMethod]
    public void Scorer_OfAPublishedNetwork_TakesAllThreads()
    {
        using var model = new LevitForImageClassification(LevitPresets.Get("levit-128S"));
        using var scorer = new LevitKernelScorer(model.Config, new WeightScope(new TensorWeights(model.state_dict())), ScoringPrecision.Single);
        Assert.AreEqual(16, scorer.ThreadsFor(images: 1, threads: 16));
    }

    private sealed class FailingStep : LevitKernelStep
    {
        public const string Message = "of a step";

        public override int Parts(LevitKernelWorkspace workspace, int threads) => 4;

        public override void Run(LevitKernelWorkspace workspace, int part, int parts, int worker) => throw new InvalidOperationException(Message);

        public override void Dispose()
        {
        }
    }
}
