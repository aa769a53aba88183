using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Records;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Losses;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Models.Training.Segmentation.Targets;
using MLNetVision.Models.Training.State;
using MLNetVision.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Segmentation;

/// <summary>Training in bfloat16 beside training in float32, on the tests' device: the form is the same on a CPU and on a GPU.</summary>
[TestClass]
[TestCategory(TestDevice.Category)]
public sealed class BFloat16TrainingTests
{
    private static SegmentationTrainingOptions Rounded => TinySegmentation.Options with { Precision = TrainingPrecision.BFloat16 };

    [TestMethod]
    public void Trainee_Rounded_KeepsWhatDecidesInFloat32()
    {
        using Mask2FormerForUniversalSegmentation model = TinySegmentation.Model();
        model.to(TestDevice.Get());
        using var trainee = new Mask2FormerTrainee(model, Rounded);
        Assert.IsTrue(model.parameters().All(parameter => parameter.dtype == ScalarType.Float32), "the kept weights");
        HashSet<string> norms = [.. trainee.Running.named_modules().Where(item => item.module is LayerNorm or GroupNorm)
            .SelectMany(item => item.module.named_parameters(recurse: false).Select(own => $"{item.name}.{own.name}"))];
        Assert.IsNotEmpty(norms);
        foreach ((string name, Parameter parameter) in trainee.Running.named_parameters())
        {
            bool exact = norms.Contains(name) || name.EndsWith("relative_position_bias_table", StringComparison.Ordinal);
            Assert.AreEqual(exact ? ScalarType.Float32 : ScalarType.BFloat16, parameter.dtype, name);
        }

        Assert.IsTrue(trainee.Running.named_buffers().Where(item => is_floating_point(item.buffer)).All(item => item.buffer.dtype == ScalarType.Float32), "buffers");
    }

    [TestMethod]
    public void Backward_TrainedModel_GivesFloat32sGradientsRounded()
    {
        using Mask2FormerForUniversalSegmentation model = TinySegmentation.Model();
        model.to(TestDevice.Get());
        Train(model, new SyntheticScenes(4), TinySegmentation.Options with { Steps = 60 });
        (float exactLoss, Dictionary<string, double[]> exact) = Gradients(model, TrainingPrecision.Float32);
        (float loss, Dictionary<string, double[]> rounded) = Gradients(model, TrainingPrecision.BFloat16);
        Assert.AreEqual(exactLoss, loss, 0.02 * exactLoss, "loss");
        foreach (string part in exact.Keys.Select(key => string.Join('.', key.Split('.').Take(5))).Distinct(StringComparer.Ordinal))
        {
            string[] keys = [.. exact.Keys.Where(key => key.StartsWith(part, StringComparison.Ordinal))];
            double[] one = [.. keys.SelectMany(key => exact[key])], other = [.. keys.SelectMany(key => rounded[key])];
            double cosine = Cosine(one, other);
            Assert.IsGreaterThan(0.97, cosine, $"{part}: cosine {cosine:f4}"); // where a query may look turns with rounding, and with it some of the gradient
            Assert.AreEqual(1, Norm(other) / Norm(one), 0.15, $"{part}: the norm against float32's");
        }
    }

    [TestMethod]
    public void Run_SimpleScenes_LosesAsInFloat32()
    {
        float[] exact = Losses(TinySegmentation.Options with { Steps = 60 }), rounded = Losses(Rounded with { Steps = 60 });
        Assert.AreEqual(exact[0], rounded[0], 0.02 * exact[0], "the first loss");
        double end = exact.TakeLast(20).Average(), roundedEnd = rounded.TakeLast(20).Average();
        Assert.IsLessThan(0.75 * rounded.Take(5).Average(), roundedEnd);
        Assert.AreEqual(end, roundedEnd, 0.2 * end, "the losses at the end"); // trainings that rounding parts go ways of their own
    }

    [TestMethod]
    public void Run_Rounded_KeepsFloat32WeightsAndBuffersAndSaysSo()
    {
        using Mask2FormerForUniversalSegmentation model = TinySegmentation.Model(), untouched = TinySegmentation.Model();
        Device device = TestDevice.Get();
        model.to(device);
        SegmentationTrainingResult result = Train(model, new SyntheticScenes(4), Rounded with { Steps = 2, FreezeBackbone = true, WeightAverageDecay = 0.9 });
        Assert.AreEqual((2L, 0L), (result.Steps, result.NonFiniteSteps));
        Assert.IsTrue(model.parameters().All(parameter => parameter.dtype == ScalarType.Float32 && parameter.requires_grad));
        AssertEqual(untouched.Model.Backbone, model.Model.Backbone);
        Assert.IsTrue(untouched.EmptyWeight.eq(model.EmptyWeight.cpu()).all().item<bool>(), "a buffer was rounded");
        Assert.AreEqual(new TrainingCompute(device.type == DeviceType.CPU ? "cpu" : $"cuda:{device.index}", TrainingPrecision.BFloat16, Tf32: false), result.Record.Compute);
    }

    [TestMethod]
    public void Run_RoundedFrozenBackbone_BeginsWithItsWeights()
    {
        float exact = Losses(TinySegmentation.Options with { Steps = 1, FreezeBackbone = true })[0];
        Assert.AreEqual(exact, Losses(Rounded with { Steps = 1, FreezeBackbone = true })[0], 0.02 * exact);
    }

    [TestMethod]
    [DoNotParallelize]
    public void Run_Rounded_GivesEveryTensorBack()
    {
        SegmentationTrainingOptions options = Rounded with { Steps = 2, ReadsLossesLate = true };
        Losses(options);
        Assert.AreEqual(LiveTensors.Growth(MakeModels), LiveTensors.Growth(() => Losses(options)));

        void MakeModels()
        {
            using Mask2FormerForUniversalSegmentation model = TinySegmentation.Model();
            using var trainee = new Mask2FormerTrainee(model, options);
        }
    }

    [TestMethod]
    public void Run_RoundedGradientCheckpointing_LosesAlike()
    {
        float[] plain = Losses(Rounded with { Steps = 3 }), saving = Losses(Rounded with { Steps = 3, GradientCheckpointing = true });
        for (int i = 0; i < plain.Length; i++)
        {
            Assert.AreEqual(plain[i], saving[i], 0.03 * plain[i], $"step {i + 1}");
        }
    }

    private static float[] Losses(SegmentationTrainingOptions options)
    {
        var losses = new List<float>();
        using Mask2FormerForUniversalSegmentation model = TinySegmentation.Model();
        model.to(TestDevice.Get());
        Train(model, new SyntheticScenes(4), options, new Recorder(step => losses.Add(step.Losses.Total)));
        return [.. losses];
    }

    private static SegmentationTrainingResult Train(
        Mask2FormerForUniversalSegmentation model, ISegmentationData data, SegmentationTrainingOptions options, IProgress<SegmentationTrainingProgress>? progress = null) =>
        Mask2FormerTraining.Run(model, TinySegmentation.Processor, data, options, evaluation: null, progress);

    private static (float Loss, Dictionary<string, double[]> Gradients) Gradients(Mask2FormerForUniversalSegmentation model, TrainingPrecision precision)
    {
        using DisposeScope scope = NewDisposeScope();
        Device device = TestDevice.Get();
        SegmentationTrainingOptions options = TinySegmentation.Options with { Precision = precision };
        var trainee = new Mask2FormerTrainee(model, options);
        using var training = new TrainingModel(trainee, averageDecay: null, clipping: null);
        using var scaling = new InputScaling(TinySegmentation.Processor, device);
        PreparedScene[] scenes = [.. Enumerable.Range(0, 3).Select(i => PreparedScene.Load(new SyntheticScenes(4), i, new SegmentationAugmentation { CropHeight = 64, CropWidth = 64, MinimumScale = 1, MaximumScale = 1, FlipProbability = 0 }, new RandomStream(1, RandomPurpose.Augmentation, 0, i)))];
        using SceneBatch batch = SceneBatch.Pack(scenes, 4, scaling, device);
        var criterion = new SegmentationCriterion(Mask2FormerTraining.CriterionOptions(model.Config), new SeededPointSource(1));
        training.Train();
        training.BeginStep(new RandomStream(1, RandomPurpose.Layers, 0, 0));
        using GraphMemory memory = GraphMemory.Begin();

        // Noise: on flat pictures the gradients of the first layers are sums of what cancels out.
        Tensor noise = randn(batch.PixelValues.shape, generator: new Generator(5)).to(device);
        SegmentationPredictions predictions = Mask2FormerTraining.Predict(
            trainee.RunningModel, (batch.PixelValues + noise).to(precision == TrainingPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32));
        float loss = criterion.Compute(predictions, batch.Targets).ToValues().Total;

        // Not the criterion's gradients: a match or a point that rounding changes turns them.
        Tensor[] outputs = [predictions.MaskFeatures, .. predictions.Layers.SelectMany(layer => new[] { layer.ClassLogits, layer.MaskEmbeddings })];
        stack([.. outputs.Select(output => output.to(ScalarType.Float32).square().mean())]).sum().backward();
        training.Weights.Collect();
        var gradients = training.Weights.Groups.SelectMany(group => group.Names.Zip(group.Views(group.Gradients))).ToDictionary(
            item => item.First, item => item.Second.to(ScalarType.Float64).cpu().flatten().data<double>().ToArray());
        return (loss, gradients);
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));

    private static double Cosine(double[] one, double[] other) => one.Zip(other, (a, b) => a * b).Sum() / (Norm(one) * Norm(other));

    private static void AssertEqual(nn.Module expected, nn.Module actual)
    {
        Dictionary<string, Tensor> others = actual.state_dict();
        foreach ((string name, Tensor value) in expected.state_dict())
        {
            Assert.IsTrue(value.eq(others[name].cpu()).all().item<bool>(), name);
        }
    }

    private sealed class Recorder(Action<SegmentationTrainingProgress> record) : IProgress<SegmentationTrainingProgress>
    {
        public void Report(SegmentationTrainingProgress value) => record(value);
    }
}
