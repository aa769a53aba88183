using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Masks;
using MLNetVision.Levit;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Mask2Former;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Conformance;

/// <summary>Training and scoring through ML.NET on the tests' device, against the CPU.</summary>
[TestClass]
[TestCategory(TestDevice.Category)]
public sealed class DeviceTests
{
    private const float Tolerance = 1e-4f;

    private readonly MLContext _ml = new(seed: 1) { GpuDeviceId = TestDevice.GpuDeviceId() };

    [TestMethod]
    public void LevitTrainer_OnTheDevice_GivesAModelThatScoresAlikeOnTheCpu()
    {
        IDataView data = ConformanceData.Create(_ml, PictureForm.Paths);
        using var trained = (LevitTransformer)_ml.MulticlassClassification.Trainers.Levit(ConformanceSubjects.Options("Label")).Fit(data);
        using var stream = new MemoryStream();
        _ml.Model.Save(trained, data.Schema, stream);
        var cpu = new MLContext(seed: 1);
        stream.Position = 0;
        using var loaded = (LevitTransformer)cpu.Model.Load(stream, out _);
        AssertNear(Scores(trained), Scores(loaded));

        float[][] Scores(ITransformer transformer) => [.. transformer.Transform(data).GetColumn<float[]>("Score")];
    }

    [TestMethod]
    public void Mask2FormerTrainer_OnTheDevice_LosesAsOnTheCpu()
    {
        var cpu = new MLContext(seed: 1);
        var expected = new List<SegmentationTrainingProgress>();
        var actual = new List<SegmentationTrainingProgress>();
        cpu.Segmentation.Trainers.Mask2Former(TrainingRows.Options(progress: expected.Add)).Fit(TrainingRows.Load(cpu)).Dispose();
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options(progress: actual.Add)).Fit(TrainingRows.Load(_ml));
        Assert.HasCount(expected.Count, actual);
        foreach ((SegmentationTrainingProgress one, SegmentationTrainingProgress other) in expected.Zip(actual))
        {
            Assert.AreEqual(one.Loss, other.Loss, 1e-3 * one.Loss, $"step {one.Step}: loss");
            Assert.AreEqual(one.GradientNorm, other.GradientNorm, 1e-2 * one.GradientNorm, $"step {one.Step}: norm of the gradient");
        }
    }

    [TestMethod]
    public void Mask2FormerTransformer_OnTheDevice_FindsTheSameAsOnTheCpu()
    {
        IDataView data = TrainingRows.Load(_ml);
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options()).Fit(data);
        using var stream = new MemoryStream();
        _ml.Model.Save(trained, data.Schema, stream);
        stream.Position = 0;
        using var loaded = (Mask2FormerTransformer)new MLContext(seed: 1).Model.Load(stream, out _);
        SegmentationPrediction[] expected = Rows(loaded), actual = Rows(trained);
        Assert.IsTrue(expected.Any(row => row.PredictedMasks.Length > 0), "nothing was found that could be compared");
        for (int i = 0; i < expected.Length; i++)
        {
            // Pixels whose classes are nearly equal may fall to either; that few are is what can be asked.
            Assert.AreEqual(expected[i].PredictedMasks.Length, actual[i].PredictedMasks.Length, $"row {i}: segments");
            AssertNear([expected[i].Score], [actual[i].Score]);
            for (int mask = 0; mask < expected[i].PredictedMasks.Length; mask++)
            {
                int[] size = expected[i].ImageSize;
                RunLengthMask one = RunLengthMask.FromCompressed(expected[i].PredictedMasks[mask], size[0], size[1]);
                RunLengthMask other = RunLengthMask.FromCompressed(actual[i].PredictedMasks[mask], size[0], size[1]);
                long joined = RunLengthMask.Union([one, other]).Area, common = one.Area + other.Area - joined;
                Assert.IsGreaterThanOrEqualTo(0.99 * joined, common, $"row {i}: mask {mask}");
            }
        }

        SegmentationPrediction[] Rows(ITransformer transformer) => [.. _ml.Data.CreateEnumerable<SegmentationPrediction>(transformer.Transform(data), reuseRowObject: false)];
    }

    private static void AssertNear(float[][] expected, float[][] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.HasCount(expected[i].Length, actual[i]);
            for (int j = 0; j < expected[i].Length; j++)
            {
                Assert.AreEqual(expected[i][j], actual[i][j], Tolerance, $"row {i}, value {j}");
            }
        }
    }
}
