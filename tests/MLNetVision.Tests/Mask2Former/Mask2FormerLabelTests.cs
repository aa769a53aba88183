using Microsoft.ML;
using MLNetVision.Mask2Former;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Mask2Former;

/// <summary>Validation data whose labels are not those of the training data: texts, keys in another order, other classes.</summary>
[TestClass]
public sealed class Mask2FormerLabelTests
{
    private readonly MLContext _ml = new(seed: 5);

    private IDataView Data => TrainingRows.Load(_ml);

    [TestMethod]
    public void ValidationLabels_AsTextOrInAnotherOrder_AreMatchedByName()
    {
        SegmentedImage[] rows = TrainingRows.Objects(_ml);
        double ofKeys = Score(Data);
        Assert.IsGreaterThan(0.5, ofKeys); // the starter knows these classes
        Assert.AreEqual(ofKeys, Score(_ml.Data.LoadFromEnumerable(rows)));

        IDataView reversed = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(_ml.Data.LoadFromEnumerable(rows.Reverse())).Transform(_ml.Data.LoadFromEnumerable(rows));
        Assert.AreEqual(ofKeys, Score(reversed));
    }

    [TestMethod]
    public void ValidationLabels_ThatAreNoClass_CountAsMissedAndAreNamed()
    {
        using var log = new LogRecorder(_ml);
        SegmentedImage[] rows = TrainingRows.Objects(_ml);
        rows[1].Label[0] = "wolf";
        Assert.IsLessThan(Score(Data), Score(_ml.Data.LoadFromEnumerable(rows)));
        string warning = log.Warnings.Single(text => text.Contains("validation segment(s)", StringComparison.Ordinal));
        StringAssert.Contains(warning, "1 validation segment(s)");
        StringAssert.Contains(warning, "count as missed: 'wolf' (1)");
    }

    [TestMethod]
    public void ValidationLabels_OfOtherClassesAlone_AreRefused()
    {
        SegmentedImage[] rows = TrainingRows.Objects(_ml);
        Array.ForEach(rows, row => Array.Fill(row.Label, "wolf"));
        Mask2FormerTrainer trainer = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options());
        string message = Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(Data, _ml.Data.LoadFromEnumerable(rows))).Message;
        StringAssert.Contains(message, "The validation data have no usable segment");
        StringAssert.Contains(message, "wolf");

        message = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(Data, TrainingRows.WithKeys(_ml, rows))).Message;
        StringAssert.Contains(message, "The validation set does not fit");
        StringAssert.Contains(message, "keys for wolf");
    }

    // The panoptic quality of the starter, of which a step changes next to nothing.
    private double Score(IDataView validation)
    {
        double? score = null;
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(new Mask2FormerTrainer.Options
        {
            Checkpoint = Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes"),
            Training = TrainingRows.Training with { Steps = 1, LearningRate = 1e-9, EvaluationSteps = 1 },
            Seed = 5,
            ProgressCallback = progress => score = progress.Score ?? score,
        }).Fit(Data, validation);
        return score!.Value;
    }
}
