using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Mask2Former.Deformable.Kernels;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Mask2Former.Deformable;

[TestClass]
[TestCategory("Levels")]
public sealed class DeformableSamplingTests
{
    private const string Area = "mask2former-parts";
    private static readonly MapSize[] Shapes = [new(7, 9), new(4, 5), new(2, 3), new(1, 1)];

    public static IEnumerable<object[]> Cases => Goldens.Names(Area, golden => golden.HasInput("sampling_locations"));

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Apply_Golden_AgreesWithGradients(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        using var scope = NewDisposeScope();
        MapSize[] shapes = [.. golden.Input("spatial_shapes").EnumerateArray().Select(shape => new MapSize(shape[0].GetInt32(), shape[1].GetInt32()))];
        var inputs = new Inputs(
            golden.InputTensor("value").requires_grad_(), golden.InputTensor("sampling_locations").requires_grad_(), golden.InputTensor("attention_weights").requires_grad_());

        // The stored gradients were read after two backward passes into leaves that were not reset: they are doubled.
        Tensor output = DeformableSampling.Apply(inputs.Value, shapes, inputs.Locations, inputs.Weights);
        (output * golden.InputTensor("output_weight")).sum().backward();
        (DeformableSampling.Apply(inputs.Value, shapes, inputs.Locations, inputs.Weights) * golden.InputTensor("output_weight")).sum().backward();
        golden.AssertTensor("output", output);
        golden.AssertTensor("gradient.value", inputs.Value.grad!);
        golden.AssertTensor("gradient.sampling_locations", inputs.Locations.grad!);
        golden.AssertTensor("gradient.attention_weights", inputs.Weights.grad!);
    }

    [TestMethod]
    [DataRow(1, 1, 1, 1)]
    [DataRow(2, 3, 8, 4)]
    [DataRow(1, 2, 11, 3)]
    [DataRow(2, 3, 32, 2)]
    public void Apply_AnySizes_EqualsGridSampleBothWays(int batch, int heads, int channels, int points)
    {
        using var scope = NewDisposeScope();
        Inputs kernel = Create(batch, heads, channels, points), composed = Create(batch, heads, channels, points);
        Tensor output = DeformableSampling.Apply(kernel.Value, Shapes, kernel.Locations, kernel.Weights);
        Tensor reference = MultiScaleDeformableAttention.Compute(composed.Value, Shapes, composed.Locations, composed.Weights);
        Tensor weight = ProceduralTensor.Create("sampling/output", output.shape, 1, 0);
        (output * weight).sum().backward();
        (reference * weight).sum().backward();
        Assert.IsTrue(output.allclose(reference, 1e-5, 1e-5));
        Assert.IsTrue(kernel.Value.grad!.allclose(composed.Value.grad!, 1e-4, 1e-4));
        Assert.IsTrue(kernel.Locations.grad!.allclose(composed.Locations.grad!, 1e-4, 1e-3));
        Assert.IsTrue(kernel.Weights.grad!.allclose(composed.Weights.grad!, 1e-4, 1e-4));
    }

    [TestMethod]
    public void Apply_WithoutGradient_IsTheSame()
    {
        using var scope = NewDisposeScope();
        Inputs inputs = Create(2, 2, 16, 4);
        Tensor trained = DeformableSampling.Apply(inputs.Value, Shapes, inputs.Locations, inputs.Weights);
        using var guard = no_grad();
        Tensor predicted = DeformableSampling.Apply(inputs.Value, Shapes, inputs.Locations, inputs.Weights);
        Assert.IsFalse(predicted.requires_grad);
        Assert.IsTrue(trained.eq(predicted).all().item<bool>());
    }

    [TestMethod]
    [DataRow(8)]
    [DataRow(32)]
    public void Backward_FiniteDifferences_Agree(int channels)
    {
        using var scope = NewDisposeScope();
        Inputs inputs = Create(1, 2, channels, 2);
        Tensor weight = ProceduralTensor.Create("sampling/output", [1, 5, 2 * channels], 1, 0);
        double Loss() => (DeformableSampling.Apply(inputs.Value, Shapes, inputs.Locations, inputs.Weights) * weight).sum().to(float64).item<double>();
        (DeformableSampling.Apply(inputs.Value, Shapes, inputs.Locations, inputs.Weights) * weight).sum().backward();
        foreach ((string name, Tensor input) in inputs.Named)
        {
            Tensor gradient = input.grad!.view(-1);
            using var guard = no_grad();
            Tensor flat = input.view(-1);
            for (long i = 0; i < flat.numel(); i += 7)
            {
                // Bilinear interpolation has kinks: a step so small that few samples cross one, and slack for those.
                const float step = 1e-3f;
                float before = flat[i].item<float>();
                flat[i] = before + step;
                double above = Loss();
                flat[i] = before - step;
                double below = Loss();
                flat[i] = before;
                double expected = (above - below) / (2 * step);
                Assert.AreEqual(expected, gradient[i].item<float>(), 0.02 * Math.Max(1, Math.Abs(expected)), $"{name}[{i}]");
            }
        }
    }

    [TestMethod]
    [DoNotParallelize]
    public void Backward_ManyTimes_KeepsNoTensors()
    {
        LiveTensors.AssertNoneKept(() =>
        {
            Inputs inputs = Create(1, 2, 8, 2);
            DeformableSampling.Apply(inputs.Value, Shapes, inputs.Locations, inputs.Weights).sum().backward();
        });
    }

    private static Inputs Create(int batch, int heads, int channels, int points)
    {
        long keys = Shapes.Sum(shape => shape.Height * shape.Width);
        return new Inputs(
            ProceduralTensor.Create("sampling/value", [batch, keys, heads, channels], 1, 0).requires_grad_(),
            ProceduralTensor.Create("sampling/locations", [batch, 5, heads, Shapes.Length, points, 2], 0.8, 0.5).requires_grad_(),
            ProceduralTensor.Create("sampling/weights", [batch, 5, heads, Shapes.Length, points], 0.5, 0.5).requires_grad_());
    }

    private sealed record Inputs(Tensor Value, Tensor Locations, Tensor Weights)
    {
        public IEnumerable<(string Name, Tensor Tensor)> Named => [("value", Value), ("locations", Locations), ("weights", Weights)];
    }
}
