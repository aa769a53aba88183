using MLNetVision.Models.Levit;
using MLNetVision.Models.Training.Classification;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Classification;

[TestClass]
public sealed class NonFiniteTests
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Run_OneBrokenStep_IsLeftOutAndCounted(bool late)
    {
        int call = 0;
        (Dictionary<string, string> weights, LevitTrainingResult result) = TinyTraining.Train(TinyTraining.Plain with
        {
            WeightAverageDecay = 0.9,
            ReadsLossesLate = late,
            Teacher = pixels => full([pixels.shape[0], 3], ++call == 4 ? float.NaN : 0f),
            Distillation = LevitDistillation.Soft,
        });
        Assert.AreEqual(1, result.NonFiniteSteps);
        Assert.AreEqual(3 * 3 - 1, result.Steps);
        Assert.IsTrue(result.History.All(epoch => double.IsFinite(epoch.Loss)));
        Assert.IsFalse(weights["classifier.linear.weight"].Contains("C07F", StringComparison.Ordinal), "NaN");
    }

    [TestMethod]
    public void Run_LossesReadLate_TrainsAsWhenTheyAreReadAtOnce()
    {
        LevitTrainingOptions options = TinyTraining.Full with { Epochs = 1, GradientClipping = null };
        (Dictionary<string, string> atOnce, LevitTrainingResult expected) = TinyTraining.Train(options);
        (Dictionary<string, string> late, LevitTrainingResult actual) = TinyTraining.Train(options with { ReadsLossesLate = true });
        Assert.AreEqual(expected.History[0].Loss, actual.History[0].Loss);
        Assert.AreEqual(expected.History[0].Accuracy, actual.History[0].Accuracy);
        TinyTraining.AssertEqual(atOnce, late);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Run_BrokenFromTheStart_FailsAfterTheLimit(bool late)
    {
        using LevitForImageClassification model = TinyTraining.Model();
        using (no_grad())
        {
            model.state_dict()["levit.patch_embeddings.embedding_layer_1.convolution.weight"].fill_(float.NaN);
        }

        var error = Assert.ThrowsExactly<NotFiniteNumberException>(() =>
            LevitTraining.Run(model, TinyTraining.Processor, new SyntheticImages(24), null, TinyTraining.Plain with { NonFiniteStepLimit = 6, ReadsLossesLate = late }));
        StringAssert.Contains(error.Message, "6 steps in a row, up to step 2 of epoch 2");

        // What a broken pass did to the statistics is undone, and the model is as usable as before.
        Assert.IsTrue(model.named_buffers().Where(item => is_floating_point(item.buffer)).All(item => item.buffer.isfinite().all().ToBoolean()));
        Assert.IsTrue(model.parameters().All(parameter => parameter.grad is null));
    }
}
