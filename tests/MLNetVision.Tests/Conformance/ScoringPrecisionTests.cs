using Microsoft.ML;
using MLNetVision.Levit;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Tests.Conformance;

/// <summary>The precision of scoring is the user's choice, and a model file keeps it.</summary>
[TestClass]
public sealed class ScoringPrecisionTests
{
    private static MLContext Ml => FittedSubjects.Context;

    [TestMethod]
    [DataRow(ScoringPrecision.Single)]
    [DataRow(ScoringPrecision.BFloat16)]
    public void Levit_SavedAndLoaded_KeepsItsPrecision(ScoringPrecision precision)
    {
        IDataView data = ConformanceData.Create(Ml, PictureForm.Paths);
        using LevitTransformer transformer = Ml.Transforms.ApplyLevit(ConformanceSubjects.CheckpointFolder, precision: precision).Fit(data);
        using var loaded = (LevitTransformer)SchemaConformanceTests.Reload(transformer, data.Schema);
        Assert.AreEqual(precision, transformer.Precision);
        Assert.AreEqual(precision, loaded.Precision);
    }

    [TestMethod]
    [DataRow(ScoringPrecision.Single)]
    [DataRow(ScoringPrecision.BFloat16)]
    public void Mask2Former_SavedAndLoaded_KeepsItsPrecision(ScoringPrecision precision)
    {
        IDataView data = ConformanceData.Create(Ml, PictureForm.Paths);
        using Mask2FormerTransformer transformer = Ml.Transforms.ApplyMask2Former(
            ConformanceSubjects.SegmenterFolder, new SegmentationScoringOptions { Precision = precision }).Fit(data);
        using var loaded = (Mask2FormerTransformer)SchemaConformanceTests.Reload(transformer, data.Schema);
        Assert.AreEqual(precision, loaded.Options.Precision);
    }

    [TestMethod]
    public void Estimators_NoSuchPrecision_AreRefusedAtOnce()
    {
        const ScoringPrecision Unknown = (ScoringPrecision)2;
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Ml.Transforms.ApplyLevit(ConformanceSubjects.CheckpointFolder, precision: Unknown));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => Ml.Transforms.ApplyMask2Former(ConformanceSubjects.SegmenterFolder, new SegmentationScoringOptions { Precision = Unknown }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => Ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options { ScoringPrecision = Unknown }));
    }
}
