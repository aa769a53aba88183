using MLNetVision.Models.Common.Layers;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Layers;

[TestClass]
public sealed class RecomputationTests
{
    [TestMethod]
    public void Apply_PartWithParametersAndChance_HasTheSameGradients()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        using var layer = nn.Linear(4, 4);
        Tensor state = generator.get_state();
        Tensor[] plain = Run(recompute: false), recomputed = Run(recompute: true);
        for (int i = 0; i < plain.Length; i++)
        {
            Assert.IsTrue(plain[i].allclose(recomputed[i]), $"{i}");
        }

        Tensor[] Run(bool recompute)
        {
            generator.set_state(state);
            layer.zero_grad();
            Tensor x = arange(12, dtype: float32).view(3, 4).requires_grad_(), y = ones(3, 4).requires_grad_();
            Tensor Part(Tensor[] inputs) => SeededDropout.Apply(layer.call(inputs[0]).tanh(), 0.5, true, generator) * inputs[1];
            Tensor output = recompute ? Recomputation.ApplyRandom(Part, generator, x, y) : Part([x, y]);
            Tensor next = rand(3, 4, generator: generator);
            (output * next).square().sum().backward();
            return [output.detach(), x.grad!, y.grad!, layer.weight!.grad!.clone(), layer.bias!.grad!.clone()];
        }
    }

    [TestMethod]
    public void Apply_Nested_HasTheSameGradients()
    {
        using var scope = NewDisposeScope();
        Tensor plain = ones(3).requires_grad_(), nested = ones(3).requires_grad_();
        plain.sin().exp().sum().backward();
        Recomputation.Apply(outer => Recomputation.Apply(inner => inner[0].sin(), outer[0]).exp(), nested).sum().backward();
        Assert.IsTrue(plain.grad!.allclose(nested.grad!));
    }

    [TestMethod]
    public void Apply_Nested_ComputesTheInnerPartTwice()
    {
        using var scope = NewDisposeScope();
        int runs = 0;
        Tensor Inner(Tensor[] inputs)
        {
            runs++;
            return inputs[0].sin();
        }

        Recomputation.Apply(outer => Recomputation.Apply(Inner, outer[0]).exp(), ones(3).requires_grad_()).sum().backward();
        Assert.AreEqual(2, runs);
    }

    [TestMethod]
    [DoNotParallelize] // others draw from torch's generator
    public void Apply_PartWithoutChance_LeavesTorchsRandomStateAlone()
    {
        using var scope = NewDisposeScope();
        Tensor x = ones(3).requires_grad_();
        Tensor sum = Recomputation.Apply(inputs => inputs[0].sin(), x).sum();
        using Tensor before = random.get_rng_state();
        sum.backward();
        using Tensor after = random.get_rng_state();
        Assert.IsTrue(before.equal(after).all().item<bool>());
    }

    [TestMethod]
    public void Apply_InputWithoutGradient_GetsNone()
    {
        using var scope = NewDisposeScope();
        Tensor x = ones(3), y = ones(3).requires_grad_();
        Recomputation.Apply(inputs => inputs[0] * inputs[1].exp(), x, y).sum().backward();
        Assert.IsNull(x.grad);
        Assert.IsNotNull(y.grad);
    }

    [TestMethod]
    [DoNotParallelize]
    public void Apply_ManyTimes_KeepsNoTensors()
    {
        long before = 0;
        for (int round = 0; round < 6; round++)
        {
            using (var scope = NewDisposeScope())
            {
                Tensor x = ones(3).requires_grad_();
                Recomputation.Apply(inputs => inputs[0].sin(), x).sum().backward();
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            before = round == 1 ? Tensor.TotalCount : before;
        }

        Assert.IsLessThanOrEqualTo(before, Tensor.TotalCount);
    }
}
