using MLNetVision.Models.Common.Layers;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Common.Layers;

[TestClass]
public sealed class KeptTensorsTests
{
    [TestMethod]
    public void Take_Twice_SaysThatTheGradientsWereComputed()
    {
        using var scope = NewDisposeScope();
        var kept = new KeptTensors([ones(2)]);
        Assert.HasCount(1, kept.Take(scope));
        Assert.Contains("were computed before", Assert.ThrowsExactly<InvalidOperationException>(() => kept.Take(scope)).Message);
    }

    [TestMethod]
    [DoNotParallelize]
    public void Backward_ManyParts_GivesBackWhatEachKeptAndReturned()
    {
        const int Parts = 40;
        using var scope = NewDisposeScope();
        Tensor x = ones(3).requires_grad_(), state = x;
        for (int part = 0; part < Parts; part++)
        {
            state = Recomputation.Apply(inputs => inputs[0].sin(), null, state);
        }

        Tensor sum = state.sum();
        long before = LiveTensors.Count();
        sum.backward();

        // Each part kept a tensor, which is gone; none of the gradients that the parts returned is left but the last.
        Assert.IsLessThanOrEqualTo(before - Parts + 2, Tensor.TotalCount);
        ReturnedGradients.Release();
    }

    [TestMethod]
    [DoNotParallelize]
    public void Forward_WithoutBackward_KeepsNoTensorsOnceTheGraphIsGone()
    {
        long before = 0;
        for (int round = 0; round < 6; round++)
        {
            Forward();
            long now = LiveTensors.Count();
            before = round == 2 ? now : before;
        }

        Assert.IsLessThanOrEqualTo(before, LiveTensors.Count());

        static void Forward()
        {
            using var scope = NewDisposeScope();
            Tensor x = ones(3).requires_grad_();
            Recomputation.Apply(inputs => inputs[0].sin(), null, x).sum();
        }
    }
}
