using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Tests.Support;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Layers;

[TestClass]
[TestCategory("Levels")]
public sealed class TrainedLinearTests
{
    [TestMethod]
    [DataRow(1000, 64, 96, true, DisplayName = "several tiles, panels and sums")]
    [DataRow(65, 1056, 320, false, DisplayName = "inputs in several parts, outputs in several groups")]
    [DataRow(500, 48, 32, true, DisplayName = "inputs for torch's product")]
    [DataRow(3, 32, 32, true, DisplayName = "few rows")]
    public void Apply_AnyShape_HasTheValuesAndGradientsOfTheLayer(int rows, int inputs, int outputs, bool bias)
    {
        using var scope = NewDisposeScope();
        Linear layer = nn.Linear(inputs, outputs, bias);
        Tensor values = arange(rows * inputs, dtype: float32).mul(0.37).sin().view(2, 1, rows, inputs / 2).transpose(1, 2).reshape(1, rows, inputs);
        Tensor[] expected = Run(layer.call), actual = Run(x => TrainedLinear.Apply(x, layer));
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.IsTrue(expected[i].allclose(actual[i], 1e-4, 1e-3), $"{i}: {(expected[i] - actual[i]).abs().max().item<float>()}");
        }

        Tensor[] Run(Func<Tensor, Tensor> apply)
        {
            layer.zero_grad();
            Tensor x = values.clone().requires_grad_(), output = apply(x);
            (output * output.detach().cos()).sum().backward();
            return [output.detach(), x.grad!, .. layer.parameters().Select(parameter => parameter.grad!.clone())];
        }
    }

    [TestMethod]
    public void Apply_InputThatIsNotContiguous_HasTheLayersValues()
    {
        using var scope = NewDisposeScope();
        Linear layer = nn.Linear(32, 32);
        Tensor x = linspace(-1, 1, 32 * 100).view(32, 100).t();
        Assert.IsTrue(layer.call(x).allclose(TrainedLinear.Apply(x, layer), 1e-4, 1e-5));
    }

    [TestMethod]
    public void Apply_FrozenLayer_GivesTheInputItsGradientAlone()
    {
        using var scope = NewDisposeScope();
        Linear layer = nn.Linear(32, 32);
        layer.weight!.requires_grad = false;
        layer.bias!.requires_grad = false;
        Tensor x = ones(100, 32).requires_grad_();
        TrainedLinear.Apply(x, layer).sum().backward();
        Assert.IsNotNull(x.grad);
        Assert.IsNull(layer.weight!.grad);
        Assert.IsFalse(TrainedLinear.Apply(ones(100, 32), layer).requires_grad);
    }

    [TestMethod]
    [DoNotParallelize]
    public void Apply_AnyNumberOfThreads_HasTheSameBits()
    {
        using var scope = NewDisposeScope();
        Linear layer = nn.Linear(96, 640);
        Tensor values = linspace(-2, 2, 3001 * 96).sin().view(3001, 96);
        Tensor[] one = TorchThreads.Run(1, Step), three = TorchThreads.Run(3, Step);
        Assert.IsTrue(one.Zip(three).All(pair => pair.First.equal(pair.Second).all().item<bool>()));

        Tensor[] Step()
        {
            layer.zero_grad();
            Tensor x = values.clone().requires_grad_(), output = TrainedLinear.Apply(x, layer);
            output.backward([output.detach()]);
            return [output.detach(), x.grad!, layer.weight!.grad!.clone(), layer.bias!.grad!.clone()];
        }
    }

    [TestMethod]
    [DoNotParallelize]
    public void Apply_ManyTimes_KeepsNoTensors()
    {
        Linear layer = nn.Linear(32, 32);
        LiveTensors.AssertNoneKept(() =>
        {
            using GraphMemory memory = GraphMemory.Begin();
            TrainedLinear.Apply(ones(100, 32).requires_grad_(), layer).sum().backward();
        });
    }
}
