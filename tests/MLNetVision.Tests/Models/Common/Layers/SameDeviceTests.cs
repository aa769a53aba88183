using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Training.Segmentation.Losses;
using MLNetVision.Models.Training.Segmentation.Matching;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Targets;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Layers;

/// <summary>Torch's meta device stands for a GPU: it is another one on every machine.</summary>
[TestClass]
public sealed class SameDeviceTests
{
    private static readonly Device Elsewhere = new(DeviceType.META);

    [TestMethod]
    public void ClassificationLoss_LabelsElsewhere_SaysWhichTensorIsWhere()
    {
        using DisposeScope scope = NewDisposeScope();
        AssertNames(() => ClassificationLoss.Compute(zeros(2, 3), zeros([2], int64, Elsewhere)), "labels are on meta", "logits are on cpu");
    }

    [TestMethod]
    public void DistillationLoss_LabelsOrTeacherElsewhere_SaysWhichTensorIsWhere()
    {
        using DisposeScope scope = NewDisposeScope();
        var output = new LevitDistillationOutput(zeros(2, 3), zeros(2, 3), zeros(2, 3), new LevitModelOutput(zeros(2, 3), zeros(2, 3), []));
        AssertNames(() => new LevitDistillationLoss().Compute(output, zeros([2], int64, Elsewhere), zeros(2, 3)), "labels are on meta", "student's logits are on cpu");
        AssertNames(() => new LevitDistillationLoss().Compute(output, zeros([2], int64), zeros([2, 3], float32, Elsewhere)), "teacher's logits are on meta", "student's logits are on cpu");
    }

    [TestMethod]
    [DataRow(false, "target masks of image 1")]
    [DataRow(true, "ignored pixels of image 1")]
    public void SegmentationCriterion_TargetsElsewhere_SaysWhichTensorIsWhere(bool onlyIgnored, string what)
    {
        using DisposeScope scope = NewDisposeScope();
        using PackedMasks masks = PackedMasks.Pack(ones(1, 40, 56)), ignored = PackedMasks.Pack(zeros(1, 40, 56));
        using SegmentationTarget here = new(masks.To(CPU), [0]), there = new(masks.To(onlyIgnored ? CPU : Elsewhere), [0], ignored.To(onlyIgnored ? Elsewhere : CPU));
        var predictions = new SegmentationPredictions(zeros(2, 4, 10, 14), [new LayerPrediction(zeros(2, 3, 5), zeros(2, 3, 4))]);
        AssertNames(
            () => new SegmentationCriterion(new CriterionOptions(), new SeededPointSource(1)).Compute(predictions, new SegmentationTargets([here, there], 40, 56)),
            what + " are on meta", "predictions are on cpu");
    }

    private static void AssertNames(Action action, params string[] parts)
    {
        string message = Assert.ThrowsExactly<ArgumentException>(action).Message;
        foreach (string part in parts)
        {
            StringAssert.Contains(message, part);
        }
    }
}
