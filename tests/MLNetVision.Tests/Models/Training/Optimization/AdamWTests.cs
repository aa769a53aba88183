using MLNetVision.Models.Training.Optimization;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Optimization;

[TestClass]
public sealed class AdamWTests
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Step_GroupsOfParameters_EqualsTorch(bool joined)
    {
        using var scope = NewDisposeScope();
        using var mine = new Perceptron();
        using var torchs = new Perceptron();
        using var decayed = new ParameterGroup(mine.named_parameters().Where(p => p.parameter.dim() == 2).Select(p => (p.name, (Tensor)p.parameter)), 0.05, joined: joined);
        using var plain = new ParameterGroup(mine.named_parameters().Where(p => p.parameter.dim() == 1).Select(p => (p.name, (Tensor)p.parameter)), 0, learningRateScale: 0.1, joined);
        using var optimizer = new AdamW([decayed, plain]);
        using var reference = optim.AdamW(
        [
            new TorchSharp.Modules.AdamW.ParamGroup { Parameters = torchs.parameters().Where(p => p.dim() == 2), Options = new() { LearningRate = 0.01, weight_decay = 0.05 } },
            new TorchSharp.Modules.AdamW.ParamGroup { Parameters = torchs.parameters().Where(p => p.dim() == 1), Options = new() { LearningRate = 0.001, weight_decay = 0 } },
        ], lr: 0.01);

        for (int step = 0; step < 5; step++)
        {
            Tensor input = ProceduralTensor.Create($"input{step}", [4, 3], 1, 0);
            decayed.ClearGradients();
            plain.ClearGradients();
            mine.call(input).square().mean().backward();
            decayed.CollectGradients();
            plain.CollectGradients();
            optimizer.Step(0.01);

            reference.zero_grad();
            torchs.call(input).square().mean().backward();
            reference.step();
        }

        foreach ((Tensor actual, Tensor expected) in mine.parameters().Zip(torchs.parameters()))
        {
            Assert.AreEqual(0, (actual - expected).abs().max().ToDouble(), 1e-6);
        }
    }

    [TestMethod]
    public void Group_Disposed_LeavesParametersWithTheirValues()
    {
        using var scope = NewDisposeScope();
        using var model = new Perceptron();
        Tensor before = model.call(ones(1, 3)).detach().clone();
        using (new ParameterGroup(model.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), 0))
        {
            Assert.AreEqual(before.ToDouble(), model.call(ones(1, 3)).ToDouble());
        }

        Assert.AreEqual(before.ToDouble(), model.call(ones(1, 3)).ToDouble());
        Assert.IsTrue(model.parameters().All(p => p.requires_grad && p.grad is null));
    }

    [TestMethod]
    public void Clip_LargeGradients_EqualsTorch()
    {
        using var scope = NewDisposeScope();
        using var mine = new Perceptron();
        using var torchs = new Perceptron();
        using var group = new ParameterGroup(mine.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), 0);
        mine.call(ones(2, 3)).square().sum().backward();
        torchs.call(ones(2, 3)).square().sum().backward();

        double norm = GradientNorm.Of([group]);
        GradientNorm.Clip([group], norm, 0.01);
        double expectedNorm = nn.utils.clip_grad_norm_(torchs.parameters(), 0.01);

        Assert.AreEqual(expectedNorm, norm, 1e-5 * norm);
        foreach ((Tensor actual, Tensor expected) in mine.parameters().Zip(torchs.parameters()))
        {
            Assert.AreEqual(0, (actual.grad! - expected.grad!).abs().max().ToDouble(), 1e-8);
        }
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void Norm_OneBrokenGradient_IsNotFinite(float broken)
    {
        using var scope = NewDisposeScope();
        using var model = new Perceptron();
        using var group = new ParameterGroup(model.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), 0);
        group.Gradients[3] = broken;
        Assert.IsFalse(double.IsFinite(GradientNorm.Of([group])));
    }

    private sealed class Perceptron : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear hidden = nn.Linear(3, 5);
        private readonly TorchSharp.Modules.Linear output = nn.Linear(5, 1);

        public Perceptron()
            : base(nameof(Perceptron))
        {
            RegisterComponents();
            ProceduralTensor.FillWeights(this, "perceptron");
        }

        public override Tensor forward(Tensor input) => output.call(hidden.call(input).tanh());
    }
}
