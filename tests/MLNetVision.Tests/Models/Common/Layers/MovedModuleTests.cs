using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Swin;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Losses;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Targets;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using MLNetVision.Tests.Models.Training.Segmentation;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Layers;

/// <summary>
/// Modules in another type: they are moved the same way as to another device, and this can be tried everywhere. Each test
/// compares forward and gradients with those of the module as it was.
/// </summary>
[TestClass]
public sealed class MovedModuleTests
{
    private const double Tolerance = 2e-3; // of the largest value, in float32 against float64

    private static readonly LevitConfig Levit = new()
    {
        ImageSize = 32, HiddenSizes = [16, 24, 32], KeyDim = [8, 8, 8], NumAttentionHeads = [2, 3, 4], Depths = [1, 1, 1], Labels = ["a", "b", "c"],
    };

    [TestMethod]
    public void LevitForImageClassification_InFloat64_ComputesTheSame()
    {
        using var generator = new Generator(1);
        using var model = new LevitForImageClassification(Levit, LevitInitialization.HuggingFace, generator);
        CheckClassifier(model, (x, type) => model.call(x.to(type)).Logits);
    }

    [TestMethod]
    public void LevitForImageClassificationWithTeacher_InFloat64_ComputesTheSame()
    {
        using var generator = new Generator(1);
        using var model = new LevitForImageClassificationWithTeacher(Levit, LevitInitialization.HuggingFace, generator);
        CheckClassifier(model, (x, type) => model.call(x.to(type)).ClassLogits);
    }

    [TestMethod]
    public void SwinBackbone_InFloat64_ComputesTheSame()
    {
        using var generator = new Generator(1);
        using var model = new SwinBackbone(TinySegmentation.Config.BackboneConfig with { DropPathRate = 0 }, generator: generator);
        Check(model, type =>
        {
            using Generator data = new(2);
            return [.. model.call(randn([1, 3, 64, 48], generator: data).to(type))];
        });
    }

    [TestMethod]
    public void Mask2Former_InFloat64_ComputesTheSame()
    {
        using var generator = new Generator(1);
        Mask2FormerConfig config = TinySegmentation.Config with { BackboneConfig = TinySegmentation.Config.BackboneConfig with { DropPathRate = 0 } };

        // The original's fresh samples lie on the centres of pixels, where the gradient by the position jumps: the smallest
        // rounding chooses a side.
        using var model = new Mask2FormerForUniversalSegmentation(config, WeightInitialization.HuggingFace, generator);
        Check(model, type =>
        {
            using Generator data = new(2);
            Mask2FormerSegmentationOutput output = model.forward(randn([1, 3, 64, 96], generator: data).to(type));
            return [output.ClassQueriesLogits, output.MasksQueriesLogits!];
        });
    }

    [TestMethod]
    public void Mask2Former_InFloat64_TakesATrainingStep()
    {
        using var scope = NewDisposeScope();
        using Mask2FormerForUniversalSegmentation model = TinySegmentation.Model();
        model.to(float64);
        model.train();
        using Generator data = new(2);
        SegmentationPredictions predictions = Mask2FormerTraining.Predict(model, randn([1, 3, 64, 96], generator: data).to(float64));
        using var target = new SegmentationTarget(PackedMasks.Pack(ones([1, 64, 96], dtype: ScalarType.Bool)), [0]);
        var criterion = new SegmentationCriterion(Mask2FormerTraining.CriterionOptions(model.Config), new SeededPointSource(1));
        Tensor loss = criterion.Compute(predictions, new SegmentationTargets([target], 64, 96)).Total;
        loss.backward();
        Assert.IsTrue(double.IsFinite(loss.to(float64).item<double>()));
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in model.named_parameters().Where(item => item.parameter.grad is not null))
        {
            Assert.AreEqual(ScalarType.Float64, parameter.grad!.dtype, name);
            Assert.IsTrue(parameter.grad!.isfinite().all().item<bool>(), name);
        }
    }

    private static void CheckClassifier(nn.Module model, Func<Tensor, ScalarType, Tensor> forward) => Check(model, type =>
    {
        using Generator data = new(2);
        return [forward(randn([4, 3, 32, 32], generator: data), type)];
    });

    private static void Check(nn.Module model, Func<ScalarType, Tensor[]> forward)
    {
        using var scope = NewDisposeScope();
        string[] keys = [.. model.state_dict().Keys];
        model.train();
        Dictionary<string, Tensor> single = Run(ScalarType.Float32);
        model.zero_grad();
        model.to(float64);
        CollectionAssert.AreEqual(keys, model.state_dict().Keys.ToArray());
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in model.named_parameters())
        {
            Assert.AreEqual(ScalarType.Float64, parameter.dtype, name);
        }

        foreach ((string name, Tensor exact) in Run(ScalarType.Float64))
        {
            Assert.AreEqual(ScalarType.Float64, exact.dtype, name);
            double error = (single[name].to(float64) - exact).abs().max().item<double>(), largest = exact.abs().max().item<double>();
            Assert.IsLessThanOrEqualTo((Tolerance * largest) + 1e-6, error, $"{name}: differs by {error} of {largest}");
        }

        // Outputs, and the gradient of each parameter, by name.
        Dictionary<string, Tensor> Run(ScalarType type)
        {
            Tensor[] outputs = forward(type);
            outputs.Select(output => output.square().mean()).Aggregate((a, b) => a + b).backward();
            var results = new Dictionary<string, Tensor>();
            for (int i = 0; i < outputs.Length; i++)
            {
                results.Add($"output {i}", outputs[i].detach());
            }

            foreach ((string name, TorchSharp.Modules.Parameter parameter) in model.named_parameters().Where(item => item.parameter.grad is not null))
            {
                results.Add(name, parameter.grad!.clone());
            }

            return results;
        }
    }
}
