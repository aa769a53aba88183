using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Mask2Former;
using MLNetVision.Training;

namespace MLNetVision.Tests.Training;

[TestClass]
public sealed class TrainingScenesTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void Crowds_AreNoSegmentsAndTheirPixelsAreIgnored()
    {
        SegmentedImage row = TrainingRows.Objects(_ml, 1).Single();
        row.IsCrowd[0] = true;
        using TrainingScenes scenes = Read(row, mergesClasses: false);
        SegmentationSample sample = scenes.Load(0);
        Assert.HasCount(row.Masks.Length - 1, sample.Masks);
        Assert.HasCount(row.Masks.Length - 1, scenes.ClassesOf(0));
        Assert.HasCount(row.Masks.Length, scenes.TruthOf(0));
        Assert.AreEqual(RunLengthMask.FromCompressed(row.Masks[0], row.ImageSize[0], row.ImageSize[1]), sample.Ignored);
        sample.Validate();
    }

    [TestMethod]
    public void SegmentsOfAClass_ForTheSemanticTask_AreOne()
    {
        SegmentedImage row = TrainingRows.Objects(_ml, 1).Single();
        Array.Fill(row.Label, row.Label[0]);
        using TrainingScenes scenes = Read(row, mergesClasses: true);
        SegmentationSample sample = scenes.Load(0);
        RunLengthMask[] masks = [.. row.Masks.Select(mask => RunLengthMask.FromCompressed(mask, row.ImageSize[0], row.ImageSize[1]))];
        Assert.IsGreaterThan(1, masks.Length);
        Assert.AreEqual(RunLengthMask.Union(masks), sample.Masks.Single());
        Assert.IsNull(sample.Ignored);
    }

    [TestMethod]
    public void SegmentsWithoutAClass_AreLeftOut()
    {
        SegmentedImage row = TrainingRows.Objects(_ml, 1).Single();
        IDataView known = TrainingRows.WithKeys(_ml, [row]);
        ITransformer keys = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(_ml.Data.LoadFromEnumerable([row]));
        row.Label[0] = "unknown";
        IDataView data = keys.Transform(_ml.Data.LoadFromEnumerable([row]));
        using TrainingScenes scenes = Read(data, mergesClasses: false);
        Assert.HasCount(row.Masks.Length - 1, scenes.Load(0).Masks);
        Assert.AreEqual(known.Schema["Label"].Type, data.Schema["Label"].Type);
    }

    private TrainingScenes Read(SegmentedImage row, bool mergesClasses) => Read(TrainingRows.WithKeys(_ml, [row]), mergesClasses);

    private TrainingScenes Read(IDataView data, bool mergesClasses)
    {
        IHost host = ((IHostEnvironment)_ml).Register("test");
        return TrainingScenes.Read(host, data, SceneColumns.Find(data.Schema, "Image", new SegmentationEvaluationOptions(), ExifOrientation.Apply), mergesClasses, "training");
    }
}
