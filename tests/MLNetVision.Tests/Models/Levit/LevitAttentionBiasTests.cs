using MLNetVision.Models.Levit.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Levit;

[TestClass]
public sealed class LevitAttentionBiasTests
{
    [TestMethod]
    public void Gather_FirstElsewhereInInferenceMode_ServesATrainingThereLater()
    {
        using var scope = NewDisposeScope();
        var elsewhere = new Device(DeviceType.META); // torch's device without values
        using var bias = new LevitAttentionBias(keyResolution: 3, stride: 1);
        using (inference_mode())
        {
            bias.Gather(zeros([2, 9], device: elsewhere));
        }

        Tensor biases = zeros([2, 9], device: elsewhere, requires_grad: true);
        bias.Gather(biases).sum().backward();
        Assert.AreEqual(DeviceType.META, biases.grad!.device_type);
    }
}
