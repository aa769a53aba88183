using MLNetVision.Models.Training.Segmentation.Losses;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Segmentation.Losses;

[TestClass]
[TestCategory("Levels")]
public sealed class ImmediateGradientTests
{
    [TestMethod]
    public void Apply_TwoInputs_HasTheSameValueAndGradients()
    {
        using var scope = NewDisposeScope();
        Tensor[] plain = Run(immediate: false), immediately = Run(immediate: true);
        for (int i = 0; i < plain.Length; i++)
        {
            Assert.IsTrue(plain[i].allclose(immediately[i]), $"{i}");
        }

        static Tensor[] Run(bool immediate)
        {
            Tensor x = arange(6, dtype: float32).view(2, 3).requires_grad_(), y = linspace(1, 2, 6).view(2, 3).requires_grad_(), constant = ones(2, 3) * 3;
            static Tensor Part(Tensor[] inputs) => (inputs[0].sin() * inputs[1] * inputs[2]).sum();
            Tensor value = immediate ? ImmediateGradient.Apply(Part, x.exp(), y, constant) : Part([x.exp(), y, constant]);
            (value * 2).backward();
            return [value.detach(), x.grad!, y.grad!];
        }
    }

    [TestMethod]
    public void Apply_InputThatDoesNotMatter_GetsZeros()
    {
        using var scope = NewDisposeScope();
        Tensor x = ones(3).requires_grad_(), unused = ones(2).requires_grad_();
        ImmediateGradient.Apply(inputs => inputs[0].sum(), x, unused).backward();
        Assert.AreEqual(0, unused.grad!.abs().max().item<float>());
    }

    [TestMethod]
    public void Apply_WithoutGradient_Computes()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor value = ImmediateGradient.Apply(inputs => inputs[0].sum(), ones(3).requires_grad_());
        Assert.AreEqual(3, value.item<float>());
        Assert.IsFalse(value.requires_grad);
    }
}
