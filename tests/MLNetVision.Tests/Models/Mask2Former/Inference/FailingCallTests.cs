using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Mask2Former.Inference;

[TestClass]
public sealed class FailingCallTests
{
    /// <summary>Memory runs out at each place in turn where the prediction asks for some.</summary>
    [TestMethod]
    public void Predict_OutOfMemory_GivesItsBuffersBackAndTheNextCallIsRight()
    {
        using DisposeScope scope = NewDisposeScope();
        Mask2FormerConfig config = Mask2FormerModelTests.Small with { HiddenDim = 48 }; // the masked decoder then projects each level
        using var model = new Mask2FormerForUniversalSegmentation(config, generator: new Generator(1));
        Tensor image = rand([1, 3, 40, 33], generator: new Generator(2));
        int left = int.MaxValue, failures = 0;
        NativeBuffer Allocate(long length) => left-- > 0 ? new NativeBuffer(length) : throw new InsufficientMemoryException("There is no more.");

        float[]? expected = null;
        for (int granted = 0; expected is null; granted++)
        {
            // A new pool each time: it would lend what earlier calls returned.
            left = granted;
            var pool = new BufferPool(Allocate);
            using var inference = new Mask2FormerInference(model, ScoringPrecision.Single, pool);
            try
            {
                expected = Predict(inference);
            }
            catch (InsufficientMemoryException)
            {
                failures++;
                Assert.AreEqual(0, pool.LeasedFloats, $"on loan after a call that got {granted} buffers");
                left = int.MaxValue;
                using Mask2FormerInference other = new(model);
                CollectionAssert.AreEqual(Predict(other), Predict(inference), $"after a call that got {granted} buffers");
            }

            Assert.AreEqual(0, pool.LeasedFloats);
        }

        Assert.IsGreaterThan(10, failures);

        float[] Predict(Mask2FormerInference inference) => [.. inference.Predict(image).MasksQueriesLogits.data<float>()];
    }
}
