using MLNetVision.Imaging.Levels;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Swin.Blocks;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Swin.Windows;
using MLNetVision.Models.Swin.Windows.Kernels;
using MLNetVision.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Swin.Windows;

[TestClass]
[TestCategory("Levels")]
public sealed class SwinTrainedAttentionTests
{
    // In float64 the block takes torch's operators.
    [TestMethod]
    [DataRow(1, 8, 12, 4, false, DisplayName = "whole windows")]
    [DataRow(2, 9, 7, 4, true, DisplayName = "padded and shifted, two images")]
    [DataRow(1, 24, 24, 7, true, DisplayName = "windows of 49 patches, several pieces")]
    [DataRow(1, 40, 61, 12, true, DisplayName = "windows of 144 patches")]
    [DataRow(1, 3, 2, 7, true, DisplayName = "a map smaller than a window")]
    public void Forward_Block_HasTheValuesAndGradientsOfTorchsOperators(int batch, int height, int width, int window, bool shifted)
    {
        using var scope = NewDisposeScope();
        using SwinBlock block = Block(window, shifted, dropPath: 0);
        Tensor values = arange(batch * height * width * 64, dtype: float64).mul(0.7).sin().view(batch, height, width, 64), weights = values.mul(3).cos();
        Tensor[] actual = Run(float32), expected = Run(float64);
        for (int i = 0; i < expected.Length; i++)
        {
            double error = (expected[i] - actual[i]).abs().max().item<double>(), size = expected[i].abs().max().item<double>();
            Assert.IsLessThan(5e-5 * Math.Max(1, size), error, $"{i}, of size {size}");
        }

        Tensor[] Run(ScalarType type)
        {
            block.to(type);
            block.zero_grad();
            Tensor x = values.to(type, copy: true).requires_grad_(), output = block.call(x);
            (output * weights.to(type)).sum().backward();
            return [.. new[] { output.detach(), x.grad!, }.Concat(block.parameters().Select(parameter => parameter.grad!)).Select(tensor => tensor.to(float64, copy: true))];
        }
    }

    [TestMethod]
    public void Forward_FrozenParameters_GiveTheMapItsGradientAlone()
    {
        using var scope = NewDisposeScope();
        using SwinBlock block = Block(4, shifted: true, dropPath: 0);
        foreach (Parameter parameter in block.parameters())
        {
            parameter.requires_grad = false;
        }

        Tensor map = ones(1, 8, 8, 64).requires_grad_();
        block.call(map).sum().backward();
        Assert.IsNotNull(map.grad);
        Assert.IsTrue(block.parameters().All(parameter => parameter.grad is null));
        Assert.IsFalse(block.call(map.detach()).requires_grad);
    }

    [TestMethod]
    [DoNotParallelize]
    public void Forward_AnyNumberOfThreads_HasTheSameBits()
    {
        if (!KernelLevels.UsesAvx512)
        {
            Assert.Inconclusive("The kernel is for vectors of 512 bits.");
        }

        using var scope = NewDisposeScope();
        using SwinBlock block = Block(7, shifted: true, dropPath: 0);
        Tensor[] one = TorchThreads.Run(1, Step), three = TorchThreads.Run(3, Step);
        Assert.IsTrue(one.Zip(three).All(pair => pair.First.equal(pair.Second).all().item<bool>()));

        Tensor[] Step()
        {
            block.zero_grad();
            Tensor x = linspace(-2, 2, 20 * 30 * 64).sin().view(1, 20, 30, 64).requires_grad_();
            Tensor output = SwinTrainedAttention.Apply(
                x, new SwinAttentionSettings(2, 7, 3, 1e-5, new PackedWindowMasks(7), block.Attention.Self.Positions),
                [block.Norms.Before.weight!, block.Norms.Before.bias!, .. block.Attention.Ordered.Select(parameter => parameter!)]);
            output.backward([output.detach().sin()]);
            return [output.detach(), x.grad!, .. block.parameters().Where(parameter => parameter.grad is not null).Select(parameter => parameter.grad!.clone())];
        }
    }

    [TestMethod]
    [DoNotParallelize]
    public void Forward_ManyTimes_KeepsNoTensors()
    {
        using SwinBlock block = Block(4, shifted: true, dropPath: 0.5);
        block.train();
        LiveTensors.AssertNoneKept(() =>
        {
            using GraphMemory memory = GraphMemory.Begin();
            block.call(ones(1, 6, 9, 64).requires_grad_()).sum().backward();
        });
    }

    private static SwinBlock Block(int window, bool shifted, double dropPath)
    {
        var config = new SwinConfig { EmbedDim = 64, NumHeads = [2], Depths = [2], WindowSize = window, LayerNormEps = 1e-5 };
        var block = new SwinBlock(config, channels: 64, heads: 2, shifted, dropPath, new ShiftedWindowMasks(window), null);
        using var guard = no_grad();
        int index = 0;
        foreach (Parameter parameter in block.parameters())
        {
            using Tensor noise = arange(parameter.numel(), dtype: float32).add(index++).mul(1.3).sin().mul(0.2).view(parameter.shape);
            parameter.add_(noise);
        }

        return block;
    }
}
