using MLNetVision.Models.Common.Layers;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Layers;

[TestClass]
public sealed class KeptTensorsTests
{
    [TestMethod]
    public void Backward_ASecondTime_GivesNaNAndTheProcessLives()
    {
        using var scope = NewDisposeScope();
        Tensor x = ones(3).requires_grad_();
        Tensor sum = Recomputation.Apply(inputs => inputs[0].sin(), x).sum();
        sum.backward(retain_graph: true);
        Assert.AreEqual(Math.Cos(1), x.grad![0].item<float>(), 1e-6);
        sum.backward();
        Assert.IsTrue(x.grad!.isnan().all().item<bool>());
    }

    [TestMethod]
    [DoNotParallelize]
    public void Backward_ManyParts_GivesBackWhatEachKeptAndReturned()
    {
        const int Parts = 40;
        using var scope = NewDisposeScope();
        using GraphMemory memory = GraphMemory.Begin();
        Tensor x = ones(3).requires_grad_(), state = x;
        for (int part = 0; part < Parts; part++)
        {
            state = Recomputation.Apply(inputs => inputs[0].sin(), state);
        }

        Tensor sum = state.sum();
        long before = LiveTensors.Count();
        sum.backward();

        // Each part kept a tensor, which is gone; none of the gradients that the parts returned is left but the last.
        Assert.IsLessThanOrEqualTo(before - Parts + 2, Tensor.TotalCount);
    }

    [TestMethod]
    [DoNotParallelize]
    public void Forward_WithoutBackward_IsGivenBackWithTheGraphsMemory()
    {
        long before = LiveTensors.Count();
        for (int round = 0; round < 4; round++)
        {
            using var scope = NewDisposeScope();
            using GraphMemory memory = GraphMemory.Begin();
            Tensor x = ones(3).requires_grad_();
            Recomputation.Apply(inputs => inputs[0].sin(), x).sum();
        }

        Assert.IsLessThanOrEqualTo(before, Tensor.TotalCount);
    }

    [TestMethod]
    [DoNotParallelize]
    public void Backward_WithoutScopeOrMemory_LeavesAThreadsLastGradientsOnly()
    {
        using Tensor x = ones(3).requires_grad_();
        Round(x);
        long before = LiveTensors.Count();
        for (int round = 0; round < 10; round++)
        {
            Round(x);
        }

        Assert.IsLessThanOrEqualTo(before, Tensor.TotalCount);

        static void Round(Tensor x)
        {
            using Tensor sine = Sine(x), sum = sine.sum();
            sum.backward();
        }

        static Tensor Sine(Tensor x)
        {
            using var scope = NewDisposeScope();
            return Recomputation.Apply(inputs => inputs[0].sin(), x).MoveToOuterDisposeScope();
        }
    }
}
