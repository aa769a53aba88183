using System.Text.Json;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Training.Optimization;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Losses;
using MLNetVision.Models.Training.Segmentation.Matching;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Targets;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Parity;

/// <summary>Whole training steps against Hugging Face's: costs, matches, losses, gradients, weights after AdamW.</summary>
[TestClass]
[TestCategory("Levels")]
[TestCategory(TestDevice.Category)]
public sealed class Mask2FormerLossGoldenTests
{
    private const string Area = "mask2former-loss";

    public static IEnumerable<object[]> Cases => Goldens.Names(Area);

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void TrainingStep_Golden_Agrees(string name) => AssertSteps(name, gradientCheckpointing: false, batched: false);

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void TrainingStep_GoldenInOneBatch_Agrees(string name) => AssertSteps(name, gradientCheckpointing: false, batched: true);

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void TrainingStep_GoldenWithGradientCheckpointing_Agrees(string name) => AssertSteps(name, gradientCheckpointing: true, batched: null);

    private static void AssertSteps(string name, bool gradientCheckpointing, bool? batched)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        using var scope = NewDisposeScope();
        Mask2FormerConfig config = PretrainedConfig.FromJson<Mask2FormerConfig>(golden.ConfigJson);
        using var model = new Mask2FormerForUniversalSegmentation(config);
        ProceduralTensor.FillWeights(model, golden.WeightSalt);
        Device device = TestDevice.Get();
        model.to(device).train();
        model.GradientCheckpointing = gradientCheckpointing;
        JsonElement optimizer = golden.Json.GetProperty("optimizer");
        using var group = new ParameterGroup(
            [.. model.named_parameters().Select(item => (item.name, (Tensor)item.parameter))], optimizer.GetProperty("weight_decay").GetDouble());
        using var adam = new AdamW([group], epsilon: optimizer.GetProperty("eps").GetDouble());
        Tensor pixels = golden.InputTensor("pixel_values").to(device);
        using Batch batch = new(golden, pixels);
        int steps = optimizer.GetProperty("steps").GetInt32();
        var losses = new List<float>();
        var norms = new List<float>();
        for (int step = 0; step < Math.Max(1, steps); step++)
        {
            using var stepScope = NewDisposeScope();
            group.ClearGradients();
            SegmentationPredictions predictions = Mask2FormerTraining.Predict(model, pixels);
            var points = new GoldenPoints(golden.Text("points"), step, predictions.Layers.Count);
            CriterionOptions options = Mask2FormerTraining.CriterionOptions(config);
            var criterion = new SegmentationCriterion(options, points) { Batched = batched };
            CriterionResult result = criterion.Compute(predictions, batch.Targets);
            result.Total.backward();
            group.CollectGradients();
            if (step == 0)
            {
                AssertCosts(golden, criterion.Costs(batch.Targets, batched ?? device.type != DeviceType.CPU).Compute(predictions));
                AssertLosses(golden, result);
                AssertGradients(golden, group);
            }

            losses.Add(result.ToValues().Total);
            double norm = GradientNorm.Of([group]);
            norms.Add((float)norm);
            if (step < steps)
            {
                GradientNorm.Clip([group], norm, optimizer.GetProperty("max_norm").GetDouble());
                adam.Step(optimizer.GetProperty("lr").GetDouble());
            }
        }

        golden.AssertTensor("losses", tensor(losses.ToArray()));
        golden.AssertTensor("gradient_norms", tensor(norms.ToArray()));
        foreach ((string parameter, Tensor value) in model.named_parameters().Select(item => (item.name, (Tensor)item.parameter)))
        {
            if (golden.ExpectedNames.Contains("after." + parameter))
            {
                golden.AssertTensor("after." + parameter, value);
            }
        }
    }

    private static void AssertCosts(GoldenCase golden, CostMatrix[][] costs)
    {
        for (int layer = 0; layer < costs.Length; layer++)
        {
            string layerName = layer == costs.Length - 1 ? "final" : $"{layer}";
            for (int image = 0; image < costs[layer].Length; image++)
            {
                CostMatrix matrix = costs[layer][image];
                golden.AssertTensor($"cost.{layerName}.{image}", tensor(matrix.Costs, [matrix.Queries, matrix.Targets]));
                Assignment assignment = matrix.Assign(new AssignmentSolver());
                long[] pairs = [.. assignment.Rows.Concat(assignment.Columns).Select(index => (long)index)];
                golden.AssertTensor($"match.{layerName}.{image}", tensor(pairs, [2, assignment.Count]));
            }
        }
    }

    private static void AssertLosses(GoldenCase golden, CriterionResult result)
    {
        var seen = new HashSet<string>();
        for (int layer = 0; layer < result.Layers.Count; layer++)
        {
            string suffix = layer == result.Layers.Count - 1 ? string.Empty : $"_{layer}";
            LayerLoss loss = result.Layers[layer];
            foreach ((string part, Tensor value) in new[] { ("cross_entropy", loss.Class), ("mask", loss.Mask), ("dice", loss.Dice) })
            {
                string expected = $"loss_dict.loss_{part}{suffix}";
                golden.AssertTensor(expected, value);
                seen.Add(expected);
            }
        }

        Assert.IsTrue(golden.ExpectedNames.Where(expected => expected.StartsWith("loss_dict.", StringComparison.Ordinal)).All(seen.Contains));
    }

    private static void AssertGradients(GoldenCase golden, ParameterGroup group)
    {
        var gradients = group.Names.Zip(group.Views(group.Gradients)).ToDictionary(item => "grad." + item.First, item => item.Second);
        foreach (string expected in golden.ExpectedNames.Where(expected => expected.StartsWith("grad.", StringComparison.Ordinal)))
        {
            golden.AssertTensor(expected, gradients[expected]);
        }
    }

    /// <summary>The recorded points of a step.</summary>
    private sealed class GoldenPoints(string salt, int step, int layers) : IPointSource
    {
        public Tensor Draw(PointDraw draw, long sets, long points, Device device)
        {
            string layer = draw.Layer == layers - 1 ? "final" : $"{draw.Layer}";
            string role = draw.Role switch
            {
                PointRole.Matching => $"matcher.{draw.Image}",
                PointRole.Oversampled => "oversampled",
                _ => "random",
            };
            return ProceduralTensor.Create($"{salt}/{step}/{layer}/{role}", [sets, points, 2], 0.5, 0.5).to(device);
        }
    }

    private sealed class Batch : IDisposable
    {
        public Batch(GoldenCase golden, Tensor pixels)
        {
            JsonElement[] classes = [.. golden.Input("class_labels").EnumerateArray()];
            Targets = new SegmentationTargets(
                [.. classes.Select((labels, image) => new SegmentationTarget(
                    PackedMasks.Pack(golden.InputTensor($"mask_labels.{image}").to(pixels.device)), GoldenCase.Longs(labels)))],
                pixels.shape[2], pixels.shape[3]);
        }

        public SegmentationTargets Targets { get; }

        public void Dispose()
        {
            foreach (SegmentationTarget target in Targets.Images)
            {
                target.Dispose();
            }
        }
    }
}
