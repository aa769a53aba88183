using MLNetVision.Models.Levit;
using MLNetVision.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Levit;

[TestClass]
public sealed class LevitImageSizeTests
{
    [TestMethod]
    public void Interpolate_LinearTable_KeepsTheSlopePerImageFraction()
    {
        using DisposeScope scope = NewDisposeScope();
        // A bias of 2·Δy + Δx at resolution 4; at resolution 8 a token is half as far.
        Tensor table = torch.tensor(Enumerable.Range(0, 16).Select(i => 2f * (i / 4) + i % 4).ToArray(), [1, 16]);
        float[] resized = [.. LevitImageSize.Interpolate(table, 64).data<float>()];
        for (int i = 0; i < 64; i++)
        {
            float expected = 2 * Math.Min(i / 8 / 2f, 3) + Math.Min(i % 8 / 2f, 3);
            Assert.AreEqual(expected, resized[i], 1e-5f);
        }

        Assert.AreEqual(0f, (LevitImageSize.Interpolate(LevitImageSize.Interpolate(table, 64), 16) - table).abs().max().item<float>(), 1e-5f);
    }

    [TestMethod]
    public void WithImageSize_OtherSize_ScoresItAndKeepsTheOtherWeights()
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = new LevitForImageClassificationWithTeacher(LevitGolden.TinyConfig);
        model.eval();
        using LevitForImageClassificationWithTeacher larger = model.WithImageSize(64);
        CollectionAssert.AreEqual(new long[] { 1, 5 }, larger.call(rand(1, 3, 64, 64)).Logits.shape);
        CollectionAssert.AreEqual(model.state_dict().Keys, larger.state_dict().Keys);
        foreach ((string key, Tensor weight) in larger.state_dict().Where(entry => !entry.Key.EndsWith("attention_biases", StringComparison.Ordinal)))
        {
            Assert.IsTrue(weight.eq(model.state_dict()[key]).all().item<bool>(), key);
        }

        using var classifier = new LevitForImageClassification(LevitGolden.TinyConfig);
        classifier.eval();
        Tensor image = rand(1, 3, 32, 32);
        using LevitForImageClassification same = classifier.WithImageSize(32);
        Assert.AreEqual(0f, (classifier.call(image).Logits - same.call(image).Logits).abs().max().item<float>());
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => classifier.WithImageSize(40)).Message, "image_size");
    }
}
