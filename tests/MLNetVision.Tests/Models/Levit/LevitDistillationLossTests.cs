using MLNetVision.Models.Levit;
using MLNetVision.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Levit;

[TestClass]
public sealed class LevitDistillationLossTests
{
    private static readonly float[] ClassLogits = [1, 2, -1, 0.5f, 0, 3];
    private static readonly float[] DistillationLogits = [0, 1, 2, -2, 1, 0.5f];
    private static readonly float[] TeacherLogits = [3, 1, 0, 1, 0, 2];
    private static readonly long[] Labels = [1, 2];

    [TestMethod]
    public void HardDistillation_ByHand_IsEqual()
    {
        using DisposeScope scope = NewDisposeScope();
        double classLoss = (CrossEntropy(ClassLogits[..3], 1) + CrossEntropy(ClassLogits[3..], 2)) / 2;
        double distillation = (CrossEntropy(DistillationLogits[..3], 0) + CrossEntropy(DistillationLogits[3..], 2)) / 2;
        double loss = new LevitDistillationLoss { Alpha = 0.3 }.Compute(Output(), tensor(Labels), tensor(TeacherLogits, [2, 3])).item<float>();
        Assert.AreEqual(0.7 * classLoss + 0.3 * distillation, loss, 1e-6);
    }

    [TestMethod]
    public void SoftDistillation_ByHand_IsEqual()
    {
        using DisposeScope scope = NewDisposeScope();
        const double temperature = 2;
        double classLoss = (CrossEntropy(ClassLogits[..3], 1) + CrossEntropy(ClassLogits[3..], 2)) / 2;
        double divergence = 0;
        for (int row = 0; row < 2; row++)
        {
            double[] teacher = Softmax(TeacherLogits[(3 * row)..(3 * row + 3)], temperature);
            double[] student = Softmax(DistillationLogits[(3 * row)..(3 * row + 3)], temperature);
            divergence += teacher.Zip(student, (t, s) => t * Math.Log(t / s)).Sum();
        }

        var criterion = new LevitDistillationLoss { Kind = LevitDistillation.Soft, Temperature = temperature };
        double loss = criterion.Compute(Output(), tensor(Labels), tensor(TeacherLogits, [2, 3])).item<float>();
        Assert.AreEqual(0.5 * classLoss + 0.5 * divergence * temperature * temperature / 6, loss, 1e-6);
    }

    [TestMethod]
    [DataRow(LevitDistillation.Hard)]
    [DataRow(LevitDistillation.Soft)]
    public void Distillation_OfModel_TrainsBothHeadsAndNotTheTeacher(LevitDistillation kind)
    {
        using DisposeScope scope = NewDisposeScope();
        using var student = new LevitForImageClassificationWithTeacher(LevitGolden.TinyConfig);
        Tensor teacher = randn(4, 5, requires_grad: true);
        LevitDistillationOutput output = student.call(rand(4, 3, 32, 32));
        new LevitDistillationLoss { Kind = kind, LabelSmoothing = 0.1 }.Compute(output, torch.tensor(new long[] { 0, 1, 2, 3 }), teacher).backward();
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in student.named_parameters().Where(entry => entry.name.StartsWith("classifier", StringComparison.Ordinal)))
        {
            Assert.IsNotNull(parameter.grad, name);
            Assert.IsGreaterThan(0f, parameter.grad.abs().sum().item<float>(), name);
        }

        Assert.IsNull(teacher.grad);
    }

    [TestMethod]
    public void Distillation_UnfitTeacherOrSetting_IsAnError()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor teacher = tensor(TeacherLogits, [2, 3]);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => new LevitDistillationLoss().Compute(Output(), tensor(Labels), teacher.view(3, 2))).Message, "same classes");
        foreach (LevitDistillationLoss criterion in new[] { new LevitDistillationLoss { Alpha = 1.5 }, new() { Temperature = 0 }, new() { LabelSmoothing = -1 } })
        {
            Assert.ThrowsExactly<InvalidOperationException>(() => criterion.Compute(Output(), tensor(Labels), teacher));
        }
    }

    private static LevitDistillationOutput Output()
    {
        Tensor classes = tensor(ClassLogits, [2, 3]);
        Tensor distillation = tensor(DistillationLogits, [2, 3]);
        return new LevitDistillationOutput((classes + distillation) / 2, classes, distillation, new LevitModelOutput(classes, classes, []));
    }

    private static double[] Softmax(float[] logits, double temperature)
    {
        double[] exponentials = [.. logits.Select(logit => Math.Exp(logit / temperature))];
        return [.. exponentials.Select(e => e / exponentials.Sum())];
    }

    private static double CrossEntropy(float[] logits, int label) => -Math.Log(Softmax(logits, 1)[label]);
}
