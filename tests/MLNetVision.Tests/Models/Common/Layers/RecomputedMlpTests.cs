using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Layers;

[TestClass]
[TestCategory("Levels")]
public sealed class RecomputedMlpTests
{
    private const int Rows = 5000, Channels = 6, Hidden = 64; // more than one piece

    // The project's own kernels take multiples of 32, torch's operators the others.
    [TestMethod]
    [DataRow("gelu", 32, 96, false)]
    [DataRow("gelu", 96, 384, true)]
    [DataRow("relu", 64, 256, false)]
    [DataRow("relu", 64, 256, true)]
    [DataRow("gelu", 6, 64, false)]
    [DataRow("relu", 6, 64, true)]
    [DataRow("hardswish", 32, 64, true)]
    public void Apply_ManyRows_HasTheValuesAndGradientsOfTheLayers(string activation, int channels, int hidden, bool normed)
    {
        using var scope = NewDisposeScope();
        Func<Tensor, Tensor> function = Activations.Get(activation);
        Linear up = nn.Linear(channels, hidden), down = nn.Linear(hidden, channels);
        LayerNorm? norm = normed ? nn.LayerNorm(channels) : null;
        Tensor values = arange(Rows * channels, dtype: float32).mul(0.7).sin().mul(3).view(2, Rows / 2, channels);

        // ReLU's gradient jumps at 0, on whose sides rounding may bring a hidden state: rows with one so near do not count.
        Tensor nearest = up.call(norm is null ? values : norm.call(values)).abs().amin([-1], keepdim: true);
        Tensor weights = (values.sin() * nearest.gt(1e-5).to(float32)).detach();
        Parameter[] parameters = [.. new nn.Module?[] { up, down, norm }.SelectMany(module => module?.parameters() ?? [])];
        Tensor[] plain = Run(x => down.call(function(up.call(norm is null ? x : norm.call(x)))));
        Tensor[] recomputed = Run(x => RecomputedMlp.Apply(x, up, activation, down, norm));
        for (int i = 0; i < plain.Length; i++)
        {
            Assert.IsTrue(plain[i].allclose(recomputed[i], 1e-4, 1e-3), $"{i}: {(plain[i] - recomputed[i]).abs().max().item<float>()}");
        }

        Tensor[] Run(Func<Tensor, Tensor> mlp)
        {
            Array.ForEach(parameters, parameter => parameter.grad?.zero_());
            Tensor x = values.clone().requires_grad_();
            Tensor output = mlp(x);
            (output * weights).sum().backward();
            return [output.detach(), x.grad!, .. parameters.Select(parameter => parameter.grad!.clone())];
        }
    }

    [TestMethod]
    public void Apply_FrozenLayers_GiveTheInputItsGradientAlone()
    {
        using var scope = NewDisposeScope();
        Linear up = nn.Linear(Channels, Hidden), down = nn.Linear(Hidden, Channels);
        foreach (Parameter parameter in up.parameters().Concat(down.parameters()))
        {
            parameter.requires_grad = false;
        }

        Tensor x = ones(3, Channels).requires_grad_(), constant = ones(3, Channels);
        RecomputedMlp.Apply(x, up, "tanh", down).sum().backward();
        Assert.IsNotNull(x.grad);
        Assert.IsNull(up.weight!.grad);
        Assert.IsFalse(RecomputedMlp.Apply(constant, up, "tanh", down).requires_grad);
    }

    [TestMethod]
    public void Apply_WithinARecomputedPart_HasTheSameGradients()
    {
        using var scope = NewDisposeScope();
        Linear up = nn.Linear(Channels, Hidden), down = nn.Linear(Hidden, Channels);
        Tensor plain = ones(3, Channels).requires_grad_(), nested = ones(3, Channels).requires_grad_();
        down.call(up.call(plain).tanh()).square().sum().backward();
        Tensor[] expected = [plain.grad!, up.weight!.grad!.clone(), down.bias!.grad!.clone()];
        up.zero_grad();
        down.zero_grad();
        Recomputation.Apply(inputs => RecomputedMlp.Apply(inputs[0], up, "tanh", down).square(), nested).sum().backward();
        Tensor[] actual = [nested.grad!, up.weight!.grad!, down.bias!.grad!];
        Assert.IsTrue(expected.Zip(actual).All(pair => pair.First.allclose(pair.Second, 1e-5, 1e-5)));
    }

    [TestMethod]
    public void Apply_NoRows_GivesNone()
    {
        using var scope = NewDisposeScope();
        Linear up = nn.Linear(Channels, Hidden), down = nn.Linear(Hidden, 2);
        CollectionAssert.AreEqual(new long[] { 0, 2 }, RecomputedMlp.Apply(zeros(0, Channels), up, "tanh", down).shape);
    }
}
