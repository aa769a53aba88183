using Microsoft.ML;
using MLNetVision.Imaging.Levels;
using MLNetVision.Levit;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Tests.Mask2Former;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Conformance;

/// <summary>The log says once for each training and each transformer what computes: level, threads, precision.</summary>
[TestClass]
[DoNotParallelize] // others may set torch's threads
public sealed class EngineLogTests
{
    [TestMethod]
    [DynamicData(nameof(ConformanceSubjects.Names), typeof(ConformanceSubjects))]
    public void Fit_AnyEstimator_LogsItsEngineOnce(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        var ml = new MLContext(seed: 1);
        using var log = new LogRecorder(ml);
        ITransformer transformer = FittedSubjects.Fit(subject, ml);
        using var owned = (IDisposable)transformer;
        transformer.Transform(ConformanceData.Create(ml, subject.Form)).Preview(2);
        ScoringPrecision precision = transformer switch
        {
            LevitTransformer levit => levit.Precision,
            Mask2FormerTransformer segmenter => segmenter.Options.Precision,
            _ => ScoringPrecision.Single,
        };
        AssertLogged(log, "Scoring", precision, 1);
        AssertLogged(log, "Training", ScoringPrecision.Single, subject.LabelColumn is null ? 0 : 1);
    }

    [TestMethod]
    public void Fit_Mask2FormerTrainer_LogsItsEngineOnce()
    {
        var ml = new MLContext(seed: 1);
        using var log = new LogRecorder(ml);
        using Mask2FormerTransformer trained = ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options()).Fit(TrainingRows.Load(ml));
        AssertLogged(log, "Scoring", ScoringPrecision.Single, 1);
        AssertLogged(log, "Training", ScoringPrecision.Single, 1);
    }

    private static void AssertLogged(LogRecorder log, string what, ScoringPrecision precision, int times)
    {
        string engine = $"on the CPU with kernels of level {KernelLevels.Name(KernelLevels.Current)}, {torch.get_num_threads()} thread(s), in {precision} precision.";
        string[] lines = [.. log.Infos.Where(text => text.Contains($"{what} on ", StringComparison.Ordinal))];
        Assert.HasCount(times, lines, string.Join("\n", log.Infos));
        Assert.IsTrue(lines.All(line => line.EndsWith($"{what} {engine}", StringComparison.Ordinal)), string.Join("\n", lines));
    }
}
