using MLNetVision.Models.Training.Optimization;
using MLNetVision.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Optimization;

[TestClass]
public sealed class ParameterGroupTests
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void CollectGradients_TwoPassesAndAnUnusedParameter_AreTheirSumAndZero(bool joined)
    {
        using var scope = NewDisposeScope();
        Parameter used = new(tensor(new[] { 1f, 2, 3, 4 }, [2, 2])), unused = new(ones(3)), turned = new(ones(2, 3));
        using var group = new ParameterGroup([("used", used), ("unused", unused), ("turned", turned)], 0, joined: joined);
        for (int step = 0; step < 2; step++)
        {
            group.ClearGradients();
            used.square().sum().backward();
            (used.sum() + (turned.t() * tensor(new[] { 1f, 2, 3, 4, 5, 6 }, [3, 2])).sum()).backward(); // its gradient is made column by column
            group.CollectGradients();
            CollectionAssert.AreEqual(new float[] { 3, 5, 7, 9, 0, 0, 0, 1, 3, 5, 2, 4, 6 }, group.Gradients.data<float>().ToArray());
        }

        Tensor kept = group.Gradients.alias();
        group.CollectGradients();
        CollectionAssert.AreEqual(kept.data<float>().ToArray(), group.Gradients.data<float>().ToArray(), "collecting twice");
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void ClearGradients_AfterAPassThatIsNotWanted_ForgetsIt(bool joined)
    {
        using var scope = NewDisposeScope();
        Parameter parameter = new(ones(2));
        using var group = new ParameterGroup([("parameter", parameter)], 0, joined: joined);
        group.ClearGradients();
        (parameter * float.NaN).sum().backward();
        group.ClearGradients();
        parameter.sum().backward();
        group.CollectGradients();
        CollectionAssert.AreEqual(new float[] { 1, 1 }, group.Gradients.data<float>().ToArray());
    }

    [TestMethod]
    [DoNotParallelize] // counts all native tensors
    public void CollectGradients_ManySteps_KeepsNoTensor()
    {
        using var scope = NewDisposeScope();
        Parameter parameter = new(ones(2));
        using var group = new ParameterGroup([("parameter", parameter)], 0, joined: true);
        LiveTensors.AssertNoneKept(() =>
        {
            group.ClearGradients();
            parameter.sum().backward();
            group.CollectGradients();
        });
    }
}
