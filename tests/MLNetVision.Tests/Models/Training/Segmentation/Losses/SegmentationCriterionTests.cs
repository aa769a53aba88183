using MLNetVision.Models.Training.Segmentation.Losses;
using MLNetVision.Models.Training.Segmentation.Matching;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using MLNetVision.Models.Training.Segmentation.Targets;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Segmentation.Losses;

/// <summary>The criterion image by image and layer by layer, as on the CPU.</summary>
[TestClass]
[TestCategory("Levels")]
public sealed class LayerwiseCriterionTests : SegmentationCriterionTests
{
    protected override bool Batched => false;
}

/// <summary>The criterion of all images and layers at once, as on a GPU.</summary>
[TestClass]
[TestCategory("Levels")]
public sealed class BatchedCriterionTests : SegmentationCriterionTests
{
    protected override bool Batched => true;
}

/// <summary>What each form of the criterion must do.</summary>
public abstract class SegmentationCriterionTests
{
    private const int Queries = 12, Channels = 8, Height = 10, Width = 14, Classes = 4, Layers = 3;
    private static readonly CriterionOptions Options = new() { Points = 60 };

    protected abstract bool Batched { get; }

    [TestMethod]
    public void Compute_TwoImages_EqualsTheFormulasOnFullMasks()
    {
        using var scope = NewDisposeScope();
        SegmentationPredictions predictions = Predictions(2);
        using Targets targets = new([3, 2]);
        CriterionResult result = Criterion(Options).Compute(predictions, targets.Batch);
        var points = new NamedPoints();
        var matcher = Criterion(Options).Costs(targets.Batch, Batched).Compute(predictions);
        for (int layer = 0; layer < Layers; layer++)
        {
            Tensor masks = einsum("bqc,bchw->bqhw", predictions.Layers[layer].MaskEmbeddings, predictions.MaskFeatures);
            var logits = new List<Tensor>();
            var labels = new List<Tensor>();
            var assignments = new List<Assignment>();
            for (int image = 0; image < 2; image++)
            {
                // The reference makes every mask and samples it; the matcher samples the features.
                Tensor at = points.Draw(new PointDraw(layer, PointRole.Matching, image), 1, Options.Points, CPU);
                Tensor sampled = PointSampling.Sample(masks[image].unsqueeze(0), at)[0];
                Tensor truth = PointSampling.Sample(targets.Dense[image].unsqueeze(0), at)[0];
                Tensor classes = predictions.Layers[layer].ClassLogits[image].softmax(1).index_select(1, tensor(targets.Classes[image]));
                Tensor costs = 5 * PairwiseLosses.SigmoidCrossEntropy(sampled, truth) + 5 * PairwiseLosses.Dice(sampled, truth) - classes;
                float[] own = matcher[layer][image].Costs;
                Assert.IsTrue(costs.allclose(tensor(own, costs.shape), 1e-4, 1e-4));
                Assignment assignment = new AssignmentSolver().Solve(own, Queries, targets.Classes[image].Length);
                assignments.Add(assignment);
                logits.Add(masks[image].index_select(0, tensor(assignment.Rows.Select(row => (long)row).ToArray())));
                labels.Add(targets.Dense[image].index_select(0, tensor(assignment.Columns.Select(column => (long)column).ToArray())));
            }

            Tensor matched = cat(logits, 0).unsqueeze(1), wanted = cat(labels, 0).unsqueeze(1);
            Tensor candidates = points.Draw(new PointDraw(layer, PointRole.Oversampled, -1), 5, 180, CPU);
            Tensor random = points.Draw(new PointDraw(layer, PointRole.Random, -1), 5, 15, CPU);
            Tensor chosen = UncertainPoints.Select(PointSampling.Sample(matched, candidates).squeeze(1), candidates, 45, random);
            Tensor x = PointSampling.Sample(matched, chosen).squeeze(1), y = PointSampling.Sample(wanted, chosen).squeeze(1);
            Close(5 * PointLosses.SigmoidCrossEntropy(x, y, 5), result.Layers[layer].Mask);
            Close(5 * PointLosses.Dice(x, y, 5), result.Layers[layer].Dice);
        }

        Close(result.Layers.Select(layer => layer.Class + layer.Mask + layer.Dice).Aggregate((a, b) => a + b), result.Total);
        LossValues values = result.ToValues();
        Assert.AreEqual(result.Layers[^1].Mask.item<float>(), values.Mask);
        Assert.AreEqual(result.Total.item<float>(), values.Total);
    }

    [TestMethod]
    public void Compute_NoObjectsAtAll_GivesAFiniteLossAndGradients()
    {
        using var scope = NewDisposeScope();
        SegmentationPredictions predictions = Predictions(2);
        using Targets targets = new([0, 0]);
        CriterionResult result = Criterion(Options).Compute(predictions, targets.Batch);
        result.Total.backward();
        Assert.IsTrue(result.ToValues() is { IsFinite: true, Mask: 0, Dice: 0, Class: > 0 });
        Assert.AreEqual(0, predictions.MaskFeatures.grad!.abs().max().item<float>());
        Assert.IsTrue(predictions.Layers[0].ClassLogits.grad!.abs().max().item<float>() > 0);
    }

    [TestMethod]
    public void Compute_ManyMoreObjectsThanQueries_IsFinite()
    {
        using var scope = NewDisposeScope();
        using Targets targets = new([300]);
        CriterionResult result = Criterion(Options).Compute(Predictions(1), targets.Batch);
        Assert.IsTrue(result.ToValues().IsFinite);
    }

    [TestMethod]
    public void Compute_SourceOfOtherPoints_IsRefusedAndNamed()
    {
        using var scope = NewDisposeScope();
        using Targets targets = new([2]);
        var criterion = new SegmentationCriterion(Options, new DoublePoints()) { Batched = Batched };
        string message = Assert.ThrowsExactly<InvalidOperationException>(() => criterion.Compute(Predictions(1), targets.Batch)).Message;
        Assert.Contains("Matching", message);
        Assert.Contains("Float64", message);
    }

    [TestMethod]
    public void Compute_OnePixelObject_IsFinite()
    {
        using var scope = NewDisposeScope();
        Tensor mask = zeros(1, 40, 56);
        mask[0, 39, 55] = 1;
        using var target = new SegmentationTarget(PackedMasks.Pack(mask), [1]);
        CriterionResult result = Criterion(Options).Compute(Predictions(1), new SegmentationTargets([target], 40, 56));
        result.Total.backward();
        Assert.IsTrue(result.ToValues().IsFinite);
    }

    [TestMethod]
    public void Compute_NotANumberInPredictions_CountsTheCostsAndDoesNotThrow()
    {
        using var scope = NewDisposeScope();
        SegmentationPredictions predictions = Predictions(1);
        using (no_grad())
        {
            predictions.Layers[1].MaskEmbeddings[0, 2] = double.NaN;
        }

        using Targets targets = new([3]);
        CriterionResult result = Criterion(Options).Compute(predictions, targets.Batch);
        Assert.AreEqual(3, result.UndefinedCosts); // one query, three targets, in one layer
        Assert.IsTrue(result.ToValues().IsFinite, "the query that is not a number was not matched");
    }

    [TestMethod]
    public void Compute_IgnoredPixels_DoNotMatter()
    {
        using var scope = NewDisposeScope();
        SegmentationPredictions predictions = Predictions(1);
        Tensor ignored = zeros(1, 40, 56);
        ignored.narrow(2, 28, 28).fill_(1);
        using Targets one = new([3], ignored), other = new([3], ignored, flipRight: true);
        Close(Criterion(Options).Compute(predictions, one.Batch).Total, Criterion(Options).Compute(predictions, other.Batch).Total);
        CriterionOptions counted = Options with { ExcludeIgnored = false };
        float with = Criterion(counted).Compute(predictions, one.Batch).ToValues().Total;
        float flipped = Criterion(counted).Compute(predictions, other.Batch).ToValues().Total;
        Assert.AreNotEqual(with, flipped, 1e-3f);
    }

    [TestMethod]
    public void Compute_EverythingIgnored_IsFinite()
    {
        using var scope = NewDisposeScope();
        using Targets targets = new([2], ones(1, 40, 56));
        CriterionResult result = Criterion(Options).Compute(Predictions(1), targets.Batch);
        result.Total.backward();
        Assert.IsTrue(result.ToValues().IsFinite);
    }

    [TestMethod]
    public void Compute_TargetSmallerThanTheBatch_IsPaddedWithNothing()
    {
        using var scope = NewDisposeScope();
        SegmentationPredictions predictions = Predictions(1);
        Tensor small = ProceduralTensor.Create("small", [2, 24, 32], 0.5, 0.5).greater(0.5);
        using var target = new SegmentationTarget(PackedMasks.Pack(small), [0, 3]);
        using var padded = new SegmentationTarget(PackedMasks.Pack(nn.functional.pad(small.to(float32), [0, 24, 0, 16])), [0, 3]);
        Close(
            Criterion(Options).Compute(predictions, new SegmentationTargets([target], 40, 56)).Total,
            Criterion(Options).Compute(predictions, new SegmentationTargets([padded], 40, 56)).Total);
    }

    [TestMethod]
    public void Compute_ClassOutsideTheModels_NamesImageAndClass()
    {
        using var scope = NewDisposeScope();
        using var target = new SegmentationTarget(PackedMasks.Pack(ones(1, 40, 56)), [4]);
        string message = Assert.ThrowsExactly<ArgumentException>(
            () => Criterion(Options).Compute(Predictions(1), new SegmentationTargets([target], 40, 56))).Message;
        Assert.Contains("Image 0: class 4", message);
    }

    [TestMethod]
    [DataRow(-1.0, 3.0, 0.75)]
    [DataRow(1.0, 0.5, 0.75)]
    [DataRow(1.0, 3.0, 1.5)]
    [DataRow(double.NaN, 3.0, 0.5)]
    public void Constructor_OptionOutOfRange_Throws(double weight, double oversample, double importance) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => Criterion(new CriterionOptions { MaskWeight = weight, OversampleRatio = oversample, ImportanceSampleRatio = importance }));

    [TestMethod]
    public void Compute_ManyMasks_EqualsTheOtherForm()
    {
        using var scope = NewDisposeScope();
        Tensor ignored = zeros(1, 40, 56);
        ignored.narrow(1, 30, 10).fill_(1);
        using Targets targets = new([3, 0, 7]), partly = new([2], ignored);
        SegmentationTargets batch = new([.. targets.Batch.Images, .. partly.Batch.Images], 48, 64);
        SegmentationPredictions own = Predictions(4), others = Predictions(4);
        SegmentationCriterion other = new(Options, new SeededPointSource(3)) { Batched = !Batched };
        CriterionResult expected = other.Compute(others, batch);
        CriterionResult actual = new SegmentationCriterion(Options, new SeededPointSource(3)) { Batched = Batched }.Compute(own, batch);
        expected.Total.backward();
        actual.Total.backward();
        foreach ((LayerLoss one, LayerLoss two) in expected.Layers.Zip(actual.Layers))
        {
            Close(one.Class, two.Class);
            Close(one.Mask, two.Mask);
            Close(one.Dice, two.Dice);
        }

        Assert.IsTrue(others.MaskFeatures.grad!.allclose(own.MaskFeatures.grad!, 1e-4, 1e-5));
        for (int layer = 0; layer < Layers; layer++)
        {
            Assert.IsTrue(others.Layers[layer].ClassLogits.grad!.allclose(own.Layers[layer].ClassLogits.grad!, 1e-4, 1e-6));
            Assert.IsTrue(others.Layers[layer].MaskEmbeddings.grad!.allclose(own.Layers[layer].MaskEmbeddings.grad!, 1e-4, 1e-5));
        }
    }

    [TestMethod]
    [DoNotParallelize]
    public void Compute_ManyTimes_KeepsNoTensors()
    {
        LiveTensors.AssertNoneKept(() =>
        {
            using Targets targets = new([3, 0]);
            Criterion(Options).Compute(Predictions(2), targets.Batch).Total.backward();
        });
    }

    private SegmentationCriterion Criterion(CriterionOptions options) => new(options, new NamedPoints()) { Batched = Batched };

    private static void Close(Tensor one, Tensor other) => Assert.AreEqual(one.item<float>(), other.item<float>(), 2e-4f);

    private static SegmentationPredictions Predictions(int batch) => new(
        ProceduralTensor.Create("features", [batch, Channels, Height, Width], 2, 0).requires_grad_(),
        [.. Enumerable.Range(0, Layers).Select(layer => new LayerPrediction(
            ProceduralTensor.Create($"classes/{layer}", [batch, Queries, Classes + 1], 2, 0).requires_grad_(),
            ProceduralTensor.Create($"embeddings/{layer}", [batch, Queries, Channels], 2, 0).requires_grad_()))]);

    /// <summary>The same points whenever the same draw is asked for.</summary>
    private sealed class DoublePoints : IPointSource
    {
        public Tensor Draw(PointDraw draw, long sets, long points, Device device) => zeros([sets, points, 2], float64);
    }

    private sealed class NamedPoints : IPointSource
    {
        public Tensor Draw(PointDraw draw, long sets, long points, Device device) =>
            ProceduralTensor.Create($"points/{draw.Layer}/{draw.Role}/{draw.Image}", [sets, points, 2], 0.5, 0.5);
    }

    private sealed class Targets : IDisposable
    {
        public Targets(int[] counts, Tensor? ignored = null, bool flipRight = false)
        {
            Classes = [.. counts.Select(count => Enumerable.Range(0, count).Select(i => (long)(i % 4)).ToArray())];
            Dense = [.. counts.Select((count, image) => ProceduralTensor.Create($"masks/{image}", [count, 40, 56], 0.5, 0.5).greater(0.6).to(float32))];
            if (flipRight)
            {
                foreach (Tensor masks in Dense)
                {
                    using Tensor right = masks.narrow(2, 28, 28);
                    right.neg_().add_(1);
                }
            }

            Batch = new SegmentationTargets(
                [.. Dense.Select((masks, image) => new SegmentationTarget(PackedMasks.Pack(masks), Classes[image], ignored is null ? null : PackedMasks.Pack(ignored)))],
                40, 56);
        }

        public long[][] Classes { get; }

        public Tensor[] Dense { get; }

        public SegmentationTargets Batch { get; }

        public void Dispose()
        {
            foreach (SegmentationTarget target in Batch.Images)
            {
                target.Dispose();
            }
        }
    }
}
