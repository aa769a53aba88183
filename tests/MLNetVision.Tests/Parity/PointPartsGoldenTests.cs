using System.Text.Json;
using MLNetVision.Models.Training.Segmentation.Losses;
using MLNetVision.Models.Training.Segmentation.Matching;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Parity;

/// <summary>The criterion's parts against Hugging Face's, each alone.</summary>
[TestClass]
[TestCategory("Levels")]
[TestCategory(TestDevice.Category)]
public sealed class PointPartsGoldenTests
{
    private const string Area = "mask2former-parts";

    public static IEnumerable<object[]> SamplingCases => Expecting("sampled");

    public static IEnumerable<object[]> UncertainCases => Expecting("point_coordinates");

    public static IEnumerable<object[]> PairwiseCases => Expecting("pair_wise_dice_loss");

    public static IEnumerable<object[]> LossCases => Expecting("sigmoid_cross_entropy_loss");

    [TestMethod]
    [DynamicData(nameof(SamplingCases))]
    public void Sample_Golden_Agrees(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        using var scope = NewDisposeScope();
        golden.AssertTensor("sampled", PointSampling.Sample(Input(golden, "features"), Input(golden, "point_coordinates")));
    }

    [TestMethod]
    [DynamicData(nameof(UncertainCases))]
    public void Select_Golden_AgreesAsSets(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        using var scope = NewDisposeScope();
        JsonElement parameters = golden.Json.GetProperty("parameters");
        long count = parameters.GetProperty("num_points").GetInt64();
        double ratio = parameters.GetProperty("importance_sample_ratio").GetDouble();
        long uncertain = UncertainPoints.UncertainCount(count, ratio);
        Tensor candidates = Input(golden, "random.0");
        Assert.AreEqual(UncertainPoints.CandidateCount(count, parameters.GetProperty("oversample_ratio").GetDouble()), candidates.shape[1]);
        Tensor logits = PointSampling.Sample(Input(golden, "logits"), candidates).squeeze(1);
        Tensor points = UncertainPoints.Select(logits, candidates, uncertain, uncertain < count ? Input(golden, "random.1") : null);

        // The chosen candidates come in no specified order: sort both by x.
        JsonElement expected = golden.Expected("point_coordinates");
        Tensor want = golden.StoredTensor(expected.GetProperty("tensor").GetString()!);
        double worst = (SortedByX(want) - SortedByX(points.cpu())).abs().max().item<float>();
        Assert.IsTrue(worst <= expected.GetProperty("tolerance").GetDouble(), $"differs by {worst:g4}");
    }

    [TestMethod]
    [DynamicData(nameof(PairwiseCases))]
    public void PairwiseLosses_Golden_Agree(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        using var scope = NewDisposeScope();
        Tensor logits = Input(golden, "logits"), labels = Input(golden, "labels");
        golden.AssertTensor("pair_wise_dice_loss", PairwiseLosses.Dice(logits, labels));
        golden.AssertTensor("pair_wise_sigmoid_cross_entropy_loss", PairwiseLosses.SigmoidCrossEntropy(logits, labels));
    }

    [TestMethod]
    [DynamicData(nameof(LossCases))]
    public void PointLosses_Golden_AgreeWithGradients(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        using var scope = NewDisposeScope();
        double maskCount = golden.Json.GetProperty("num_masks").GetDouble();
        Tensor labels = Input(golden, "labels");
        Tensor logits = Input(golden, "logits").requires_grad_();
        foreach ((string loss, Func<Tensor> compute) in new (string, Func<Tensor>)[]
        {
            ("dice_loss", () => PointLosses.Dice(logits, labels, maskCount)),
            ("sigmoid_cross_entropy_loss", () => PointLosses.SigmoidCrossEntropy(logits, labels, maskCount)),
        })
        {
            // The stored gradients were read from one leaf that was never reset, after two backward passes of each loss
            // in this order: the first is twice dice's gradient, the second twice the sum of both.
            compute().backward();
            compute().backward();
            golden.AssertTensor(loss, compute());
            golden.AssertTensor(loss + ".gradient", logits.grad!);
        }
    }

    private static Tensor Input(GoldenCase golden, string name) => golden.InputTensor(name).to(TestDevice.Get());

    private static IEnumerable<object[]> Expecting(string output) =>
        Goldens.Names(Area, golden => golden.ExpectedNames.Contains(output));

    private static Tensor SortedByX(Tensor points)
    {
        Tensor order = points.select(2, 0).argsort(1);
        return points.gather(1, order.unsqueeze(2).expand(-1, -1, 2));
    }
}
