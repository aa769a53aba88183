using Microsoft.ML;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Folders;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Mask2Former;
using MLNetVision.Tests.Segmentation;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Loading;

/// <summary>What loaders leave out is counted, kept with the data, and said where nothing is left.</summary>
[TestClass]
public sealed class DataReportTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    [DataRow(0, null, false)]
    [DataRow(1, null, false)]
    [DataRow(3, null, false)]
    [DataRow(4, null, true)]
    [DataRow(0, 0.0, false)]
    [DataRow(1, 0.0, true)]
    [DataRow(1, 0.25, false)]
    [DataRow(2, 0.25, true)]
    [DataRow(3, 1.0, false)]
    public void Read_MoreBadRecordsThanTolerated_ThrowsWithCountsAndReasons(int bad, double? tolerated, bool throws)
    {
        using var folder = new TemporaryFolder();
        DataReport? ended = null;
        IDataView data = Load(folder, 4, bad, new SegmentationLoadOptions { ToleratedBadShare = tolerated, PassEnded = report => ended = report });
        Assert.IsNull(_ml.Data.ReportOf(data));
        string? message = null;
        try
        {
            Assert.AreEqual(4 - bad, Count(data));
        }
        catch (InvalidDataException e)
        {
            message = e.Message;
        }

        Assert.AreEqual(throws, message is not null, message);
        DataReport report = _ml.Data.ReportOf(data)!;
        Assert.AreEqual(report, ended! with { Found = report.Found });
        Assert.AreEqual(4, report.Records);
        if (throws)
        {
            // The bad records are the first ones, so that nothing was used before the share was known to be too large.
            StringAssert.Contains(message, $"0 of 4 record(s) were used");
            StringAssert.Contains(message, $"{report.BadRecords} were left out: image 1: the picture");
            Assert.AreEqual(bad == 4, report.IsComplete);
        }
        else
        {
            Assert.AreEqual((4L - bad, (long)bad, true), (report.Used, report.BadRecords, report.IsComplete));
        }
    }

    [TestMethod]
    public void Read_ShareThatIsNone_Throws()
    {
        using var folder = new TemporaryFolder();
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Count(Load(folder, 1, 0, new SegmentationLoadOptions { ToleratedBadShare = 1.5 })));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromImageFolder(folder.Path, new ImageFolderOptions { ToleratedBadShare = double.NaN }));
    }

    [TestMethod]
    public void ReportOf_ViewsBehindTheLoaders_IsTheLoaders()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Load(folder, 5, 2);
        IDataView behind = _ml.Data.Cache(_ml.Data.SkipRows(_ml.Transforms.CopyColumns("Other", "Image").Fit(data).Transform(data), 1));
        Assert.AreEqual(2, Count(behind));
        DataReport report = _ml.Data.ReportOf(behind)!;
        Assert.AreEqual((5L, 3L, 2L), (report.Records, report.Used, report.BadRecords));
        StringAssert.Contains($"{report}", $"Of '{folder["coco.json"]}' 3 of 5 record(s) were used, 2 were left out: image 1: ");
        Assert.IsNull(_ml.Data.ReportOf(_ml.Data.LoadFromEnumerable([new SegmentedImage()])));
    }

    [TestMethod]
    public void Fit_NoRowThatCanBeUsed_ThrowsWithTheLoadersCountsAndThreeReasons()
    {
        using var folder = new TemporaryFolder();
        IDataView lost = Load(folder, 5, 5);
        string message = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options()).Fit(lost)).Message;
        StringAssert.Contains(message, "5 were left out");
        StringAssert.Contains(message, "since none of its pictures was found: name the folder that they lie in. Of ");
        Assert.AreEqual(3, message.Split("does not exist").Length - 1, message);

        // Pictures without objects are no bad records, but rows that the options leave out.
        IDataView empty = Load(folder, 3, 1, new SegmentationLoadOptions { KeepEmptyImages = false }, segmentation: null);
        message = Assert.ThrowsExactly<InvalidOperationException>(() => _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options()).Fit(empty)).Message;
        StringAssert.Contains(message, "0 of 3 record(s) were used, 1 were left out: image 1");
    }

    [TestMethod]
    public void Evaluate_PicturesThatCouldNotBeRead_AreCountedAndNeverAll()
    {
        IReadOnlyList<SegmentationData.Image> images = SegmentationData.Draw(3, 3, seed: 2);
        string[] names = ["a", "b", "c"];
        SegmentationData.Image Lost(SegmentationData.Image image) => image with { Height = 0, Width = 0, Prediction = [] };
        IDataView some = SegmentationData.View(_ml, [images[0], Lost(images[1]), images[2]], names);
        Assert.AreEqual((3L, 1L), Counts(_ml.Segmentation.EvaluatePanoptic(some)));
        StringAssert.Contains($"{_ml.Segmentation.EvaluatePanoptic(some)}", "3 images, 1 of them without a picture");
        var instances = _ml.Segmentation.EvaluateInstance(some);
        Assert.AreEqual((3, 1L), (instances.ImageCount, instances.MissedCount));
        StringAssert.Contains(instances.ToJson(), "\"missedCount\": 1");

        IDataView none = SegmentationData.View(_ml, images.Select(Lost), names);
        foreach (Action evaluate in new Action[] { () => _ml.Segmentation.EvaluatePanoptic(none), () => _ml.Segmentation.EvaluateInstance(none), () => _ml.Segmentation.EvaluateSemantic(none) })
        {
            string message = Assert.ThrowsExactly<InvalidOperationException>(evaluate).Message;
            StringAssert.Contains(message, "Not one of the 3 row(s)");
            Assert.AreEqual(3, message.Split("could not be read").Length - 1, message);
        }

        Assert.AreEqual(3, _ml.Segmentation.AccumulatePanoptic(none).MissedCount); // a part may well have none
        static (long, long) Counts(MLNetVision.Imaging.Metrics.PanopticMetrics metrics) => (metrics.ImageCount, metrics.MissedCount);
    }

    [TestMethod]
    public void LoadFromImageFolder_BadFiles_AreReportedAndToleratedUpToTheShare()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["a/0.png"]);
        TestPictures.Save(1, folder["b/1.png"]);
        for (int i = 0; i < 2; i++)
        {
            File.WriteAllBytes(folder[$"b/bad{i}.png"], [1]);
        }

        IDataView data = _ml.Data.LoadFromImageFolder(folder.Path, new ImageFolderOptions { ToleratedBadShare = 0.5 });
        Assert.IsNull(_ml.Data.ReportOf(data));
        Assert.AreEqual(2, Count(data));
        DataReport report = _ml.Data.ReportOf(data)!;
        Assert.AreEqual((4L, 2L, 2L, true), (report.Records, report.Used, report.BadRecords, report.IsComplete));
        string message = Assert.ThrowsExactly<InvalidDataException>(() => Count(_ml.Data.LoadFromImageFolder(folder.Path, new ImageFolderOptions { ToleratedBadShare = 0.49 }))).Message;
        StringAssert.Contains(message, "bad0.png");
        StringAssert.Contains(message, "2 were left out");
        File.Delete(folder["a/0.png"]);
        File.Delete(folder["b/1.png"]);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Count(_ml.Data.LoadFromImageFolder(folder.Path))).Message, "2 were left out");
    }

    private static long Count(IDataView data)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema);
        long rows = 0;
        while (cursor.MoveNext())
        {
            rows++;
        }

        return rows;
    }

    private IDataView Load(TemporaryFolder folder, int images, int bad, SegmentationLoadOptions? options = null, string? segmentation = "[[1,1,5,1,5,5,1,5]]")
    {
        for (int i = bad + 1; i <= images; i++)
        {
            File.WriteAllBytes(folder[$"{i}.png"], PngWriter.Write(60, 40, 8, PngWriter.Grey, new byte[2400]));
        }

        IEnumerable<int> ids = Enumerable.Range(1, images);
        string annotations = segmentation is null ? string.Empty : string.Join(',', ids.Select(i => $$"""{"id":{{i}},"image_id":{{i}},"category_id":1,"segmentation":{{segmentation}}}"""));
        for (int i = 1; i <= bad; i++)
        {
            File.Delete(folder[$"{i}.png"]);
        }

        File.WriteAllText(folder["coco.json"], $$"""
            {"images":[{{string.Join(',', ids.Select(i => $$"""{"id":{{i}},"file_name":"{{i}}.png","width":60,"height":40}"""))}}],"categories":[{"id":1,"name":"a"}],"annotations":[{{annotations}}]}
            """);
        return _ml.Data.LoadFromCocoInstances(folder["coco.json"], folder.Path, options);
    }
}
