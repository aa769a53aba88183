using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Coco;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Segments;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Imaging.Annotations;

/// <summary>Annotation files and metrics as a program has them that knows neither ML.NET nor torch.</summary>
[TestClass]
public sealed class AnnotationSourceTests
{
    [TestMethod]
    public void Read_PanopticFile_IsTruthForEveryMetric()
    {
        string folder = Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test");
        AnnotationSource source = CocoPanoptic.Open(Path.Combine(folder, "panoptic.json"), Path.Combine(folder, "images"));
        string[] classes = [.. source.Classes.Select(found => found.Name)];
        var panoptic = new PanopticEvaluator(classes, [.. source.Classes.Select(found => found.IsThing)]);
        var instances = new InstanceEvaluator(classes);
        var semantic = new SemanticEvaluator(classes);
        foreach (AnnotatedImage image in source.Read().Take(5))
        {
            IReadOnlyList<Segment> truth = image.ToTruth();
            Assert.IsNotEmpty(truth);
            foreach (ISegmentEvaluator evaluator in new ISegmentEvaluator[] { panoptic, instances, semantic })
            {
                evaluator.Add(image.Id, truth, truth);
            }
        }

        Assert.AreEqual(1, panoptic.Compute().PanopticQuality, 1e-12);
        Assert.AreEqual(1, instances.Compute().AveragePrecision, 1e-12);
        Assert.AreEqual(1, semantic.Compute().MeanIoU, 1e-12);
    }

    [TestMethod]
    public void Read_BadRecord_IsToldLeftOutOrThrown()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["picture.png"], string.Empty);
        AnnotatedImage image = new(folder["picture.png"], 1, 2, 3, []), lost = image with { Path = folder["lost.png"] };
        var source = new AnnotationSource("set", [new SegmentationClass("a", IsThing: true)],
            [new("broken", () => throw new FormatException("no number")), new("lost", () => lost), new("good", () => image)]);
        var bad = new List<BadRecord>();
        CollectionAssert.AreEqual(new[] { image }, source.Read(new SegmentationLoadOptions { BadRecordFound = bad.Add }).ToArray());
        CollectionAssert.AreEqual(new[] { "broken", "lost" }, bad.Select(record => record.Name).ToArray());
        Assert.HasCount(2, source.Read(new SegmentationLoadOptions { RequireImages = false }));
        Assert.IsEmpty(source.Read(new SegmentationLoadOptions { KeepEmptyImages = false }));
        Assert.Contains("'set', broken: no number", Assert.ThrowsExactly<InvalidDataException>(
            () => source.Read(new SegmentationLoadOptions { BadRecords = BadRecordPolicy.Throw }).Count()).Message);
    }
}
