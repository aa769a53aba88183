using CsCheck;
using MLNetVision.Models.Training.Optimization;

namespace MLNetVision.Tests.Models.Training.Optimization;

[TestClass]
public sealed class ScheduleTests
{
    private static readonly Gen<(int Steps, int WarmUp, double Final)> Courses =
        Gen.Select(Gen.Int[2, 500], Gen.Int[0, 400], Gen.Double[0, 1], (steps, warmUp, final) => (steps, Math.Min(warmUp, steps - 1), final));

    [TestMethod]
    public void Cosine_AtItsCorners_HasTheClosedFormsValues()
    {
        var schedule = new CosineSchedule(steps: 110, warmUpSteps: 10, finalFactor: 0.02);
        Assert.AreEqual(1.0 / 11, schedule.FactorAt(0), 1e-12);
        Assert.AreEqual(10.0 / 11, schedule.FactorAt(9), 1e-12);
        Assert.AreEqual(1, schedule.FactorAt(10), 1e-12);
        Assert.AreEqual(0.51, schedule.FactorAt(60), 1e-12);
        Assert.AreEqual(0.02 + 0.98 * 0.5 * (1 + Math.Cos(Math.PI / 4)), schedule.FactorAt(35), 1e-12);
        Assert.AreEqual(0.02, schedule.FactorAt(110), 1e-12);
    }

    [TestMethod]
    public void Cosine_AnyCourse_RisesThenFallsWithinItsBounds() => Courses.Sample(course =>
    {
        var schedule = new CosineSchedule(course.Steps, course.WarmUp, course.Final);
        double[] factors = [.. Enumerable.Range(0, course.Steps).Select(step => schedule.FactorAt(step))];
        for (int i = 1; i < factors.Length; i++)
        {
            Assert.IsTrue(i <= course.WarmUp ? factors[i] > factors[i - 1] : factors[i] <= factors[i - 1]);
        }

        Assert.AreEqual(1, factors.Max(), 1e-12);
        Assert.IsTrue(factors.Skip(course.WarmUp).All(factor => factor >= course.Final));
    });

    [TestMethod]
    public void Step_PastMilestones_IsMultipliedOnceEach()
    {
        var schedule = new StepSchedule([327778, 355092], 0.1);
        Assert.AreEqual(1, schedule.FactorAt(327777));
        Assert.AreEqual(0.1, schedule.FactorAt(327778), 1e-12);
        Assert.AreEqual(0.01, schedule.FactorAt(355092), 1e-12);
    }

    [TestMethod]
    public void Polynomial_AnyStep_HasTheClosedFormsValue()
    {
        var schedule = new PolynomialSchedule(160000, 0.9, warmUpSteps: 4);
        Assert.AreEqual(0.2, schedule.FactorAt(0), 1e-12);
        Assert.AreEqual(Math.Pow(0.75, 0.9), schedule.FactorAt(40000), 1e-12);
        Assert.AreEqual(0, schedule.FactorAt(160000));
    }
}
