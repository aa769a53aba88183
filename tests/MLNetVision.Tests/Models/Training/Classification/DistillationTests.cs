using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Training.Classification;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Classification;

[TestClass]
public sealed class DistillationTests
{
    [TestMethod]
    [DataRow(LevitDistillation.Hard)]
    [DataRow(LevitDistillation.Soft)]
    public void Run_TeacherAgainstTheLabels_TeachesTheSecondHead(LevitDistillation kind)
    {
        using var generator = new Generator(1);
        using var model = new LevitForImageClassificationWithTeacher(TinyTraining.Config, LevitInitialization.Original, generator);
        LevitTraining.Run(
            model, TinyTraining.Processor, new SyntheticImages(60), null,
            TinyTraining.Plain with { Epochs = 8, Distillation = kind, Teacher = pixels => Brightest(pixels).roll(1, 1) });

        using var scope = NewDisposeScope();
        var data = new SyntheticImages(12, seed: 1);
        using LevitDistillationOutput output = model.call(TinyTraining.Processor.Process([.. Enumerable.Range(0, 12).Select(i => (MLNetVision.Imaging.Pictures.Sources.ImageSource)data.Load(i))]));
        Tensor labels = tensor(Enumerable.Range(0, 12).Select(i => (long)data.ClassOf(i)).ToArray());
        Assert.IsTrue(output.ClassLogits.argmax(1).eq(labels).sum().ToInt64() >= 11);
        Assert.IsTrue(output.DistillationLogits.argmax(1).eq((labels + 1) % 3).sum().ToInt64() >= 11);
    }

    [TestMethod]
    public void Run_TeacherAlone_TeachesTheOnlyHead()
    {
        using LevitForImageClassification model = TinyTraining.Model();
        LevitTraining.Run(
            model, TinyTraining.Processor, new SyntheticImages(60), null,
            TinyTraining.Plain with { Epochs = 8, DistillationWeight = 1, Teacher = pixels => Brightest(pixels).roll(1, 1) });
        using var scope = NewDisposeScope();
        using LevitClassificationOutput output = model.call(TinyTraining.Processor.Process([new SyntheticImages(1, seed: 1).Load(0)]));
        Assert.AreEqual(1, output.Logits.argmax(1).ToInt64());
    }

    [TestMethod]
    public void Run_TeacherWithOtherClasses_IsAClearError()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => TinyTraining.Train(TinyTraining.Plain with { Teacher = pixels => zeros(pixels.shape[0], 5) }));
        StringAssert.Contains(error.Message, "(6, 3)");
    }

    [TestMethod]
    public void Run_SecondHeadWithoutTeacher_IsAClearError()
    {
        using var model = new LevitForImageClassificationWithTeacher(TinyTraining.Config);
        Assert.ThrowsExactly<ArgumentException>(() => LevitTraining.Run(model, TinyTraining.Processor, new SyntheticImages(8), null, TinyTraining.Plain));
    }

    /// <summary>Log-probabilities: 0 for the brightest third of the picture, minus infinity for the others.</summary>
    private static Tensor Brightest(Tensor pixels)
    {
        Tensor columns = pixels.mean([1, 2]);
        Tensor thirds = cat([.. Enumerable.Range(0, 3).Select(i => columns.narrow(1, i * 8, 8).mean([1], keepdim: true))], 1);
        return nn.functional.one_hot(thirds.argmax(1), 3).to(ScalarType.Float32).log();
    }
}
