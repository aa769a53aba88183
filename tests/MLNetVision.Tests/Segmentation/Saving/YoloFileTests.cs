using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Segmentation.Saving;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Segmentation.Saving;

/// <summary>YOLO's form, written and read again, and what of a data.yaml may lie elsewhere.</summary>
[TestClass]
public sealed class YoloFileTests
{
    private static readonly string[] Names = ["cat", "it's a dog", "sky: blue #1"];

    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void SaveToYolo_Polygons_LoadBackToThePixel()
    {
        using var folder = new TemporaryFolder();
        IDataView data = SavedScenes.Draw(_ml, folder, 6, Names, crowds: true);
        var options = new AnnotationSaveOptions { ImageFolder = folder["pictures"] };
        _ml.Data.SaveToYolo(_ml.Data.TakeRows(data, 4), folder["set"], options: options);
        _ml.Data.SaveToYolo(_ml.Data.SkipRows(data, 4), folder["set"], "val", options: options);
        SavedScenes.Row[] expected = SavedScenes.Rows(_ml, data);
        SavedScenes.Row[] actual = [.. SavedScenes.Rows(_ml, _ml.Data.LoadFromYolo(folder["set/data.yaml"])), .. SavedScenes.Rows(_ml, _ml.Data.LoadFromYolo(folder["set/data.yaml"], "val"))];
        Assert.AreEqual(AnnotationForm.Yolo, AnnotationForms.Recognise(folder["set"])?.Form);
        Assert.IsTrue(expected.Any(row => Enumerable.Range(0, row.Masks.Length).Any(i => row.Mask(i).ToPolygons() is { Count: > 1 })), "no mask has several parts");
        Assert.IsTrue(expected.Any(row => Enumerable.Range(0, row.Masks.Length).Any(i => row.Mask(i).ToPolygons().Any(part => part.Holes.Count > 0))), "no mask has a hole");
        Assert.HasCount(expected.Length, actual);
        foreach (SavedScenes.Row row in expected)
        {
            SavedScenes.Row again = actual.Single(candidate => Path.GetFileName(candidate.Image) == Path.GetFileName(row.Image));
            CollectionAssert.AreEqual(File.ReadAllBytes(row.Image), File.ReadAllBytes(again.Image));
            CollectionAssert.AreEqual(row.Label[..^1], again.Label); // the crowd is left out
            CollectionAssert.AreEqual(row.Masks[..^1], again.Masks);
        }

        CollectionAssert.AreEqual(Names, _ml.Data.CheckSegmentation(folder["set"]).Splits[0].Classes.Select(found => found.Name).ToArray());
    }

    [TestMethod]
    public void SaveToYolo_BoxesAndPredictions_LoadBackWithoutTheirMasks()
    {
        using var folder = new TemporaryFolder();
        IDataView data = SavedScenes.Draw(_ml, folder, 2, Names);
        _ml.Data.SaveToYolo(_ml.Transforms.DropColumns("Masks").Fit(data).Transform(data), folder["set"], boxes: true);
        IDataView boxes = _ml.Data.LoadFromYoloBoxes(folder["set/data.yaml"]);
        float[][] expected = [.. SavedScenes.Rows(_ml, data).OrderBy(row => Path.GetFileName(row.Image), StringComparer.Ordinal).Select(row => row.BoundingBoxes)], actual = [.. boxes.GetColumn<float[]>("BoundingBoxes")];
        Assert.HasCount(2, actual);
        Assert.IsTrue(expected.Zip(actual).All(pair => pair.First.Zip(pair.Second).All(side => Math.Abs(side.First - side.Second) < 1e-4) && pair.First.Length == pair.Second.Length));

        // A confidence stands behind a box or polygon, as YOLO's programs write it.
        var scored = _ml.Data.LoadFromEnumerable([new Scored { Image = SavedScenes.Rows(_ml, data)[0].Image, ImageSize = [40, 60], PredictedLabel = ["cat"], PredictedMasks = [SavedScenes.Rows(_ml, data)[0].Masks[0]], Score = [0.25f] }]);
        scored = _ml.Transforms.Conversion.MapValueToKey("PredictedLabel").Fit(scored).Transform(scored);
        _ml.Data.SaveToYolo(scored, folder["predicted"], options: AnnotationSaveOptions.Predictions);
        StringAssert.EndsWith(File.ReadAllText(Directory.GetFiles(folder["predicted/labels/train"]).Single()), " 0.25\n");
        Assert.AreEqual(SavedScenes.Rows(_ml, data)[0].Masks[0], SavedScenes.Rows(_ml, _ml.Data.LoadFromYolo(folder["predicted/data.yaml"])).Single().Masks.Single());
    }

    [TestMethod]
    public void SaveToYolo_FilesThatExist_AreNeverWrittenOver()
    {
        using var folder = new TemporaryFolder();
        IDataView data = SavedScenes.Draw(_ml, folder, 2, Names);
        _ml.Data.SaveToYolo(data, folder["set"]);
        string before = Content(folder["set"]);
        Refused(data, "exists");
        Refused(SavedScenes.Draw(_ml, folder, 2, ["other"]), "has the classes", "val");
        Assert.AreEqual(before, Content(folder["set"]));
        File.WriteAllText(folder["set/data.yaml"], "names: [mine]\ntrain: images/train\n");
        Refused(data, "not written by this library", "val");
        Assert.ThrowsExactly<ArgumentException>(() => _ml.Data.SaveToYolo(data, folder["new"], "../up"));
        Assert.ThrowsExactly<ArgumentException>(() => _ml.Data.SaveToYolo(data, folder["new"], "names"));

        void Refused(IDataView rows, string word, string split = "train") =>
            StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => _ml.Data.SaveToYolo(rows, folder["set"], split)).Message, word);
        static string Content(string path) => string.Join('\n', Directory.GetFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => file + Convert.ToHexString(File.ReadAllBytes(file))));
    }

    /// <summary>What users have: Roboflow's ../train/images beside the file, a path of another machine, folders in a list, a list of pictures.</summary>
    [TestMethod]
    [DataRow("train: ../train/images", true)]
    [DataRow("path: /nowhere/set\ntrain: train/images", true)]
    [DataRow("path: ../set\ntrain: train/images", true)]
    [DataRow("train:\n  - train/images\n", true)]
    [DataRow("train: [train/images]", true)]
    [DataRow("train: train", true)]
    [DataRow("train: list.txt", true)]
    [DataRow("train: .", true)]
    [DataRow("train: ../elsewhere/images", false)]
    [DataRow("path: ../elsewhere\ntrain: images", false)]
    [DataRow("path: @/elsewhere\ntrain: images", false)]
    [DataRow("train: @/elsewhere/images", false)]
    [DataRow("train: link/images", false)]
    public void LoadFromYolo_FolderOutsideOfTheFiles_IsReadOnlyIfAllowed(string yaml, bool isInside)
    {
        using var folder = new TemporaryFolder();
        foreach (string place in new[] { isInside ? "set/train" : "elsewhere" })
        {
            File.WriteAllBytes(folder[$"{place}/images/a.png"], PngWriter.Write(60, 40, 8, PngWriter.Grey, new byte[2400]));
            File.WriteAllText(folder[$"{place}/labels/a.txt"], "0 0 0 0.5 0 0.5 0.5 0 0.5\n");
        }

        File.WriteAllText(folder["set/list.txt"], "./train/images/a.png\n\n");
        File.CreateSymbolicLink(folder["set/link"], folder["elsewhere"]);
        File.WriteAllText(folder["set/data.yaml"], $"names: [cat]\n{yaml.Replace("@", folder.Path.TrimEnd('/'))}\n");
        if (!isInside)
        {
            StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadFromYolo(folder["set/data.yaml"])).Message, nameof(SegmentationLoadOptions.AllowOutsideFolder));
        }

        var options = new SegmentationLoadOptions { AllowOutsideFolder = !isInside };
        Assert.HasCount(1, SavedScenes.Rows(_ml, _ml.Data.LoadFromYolo(folder["set/data.yaml"], options: options)).Single().Label);
    }

    [TestMethod]
    public void LoadFromYolo_ListThatNamesAFileElsewhere_HasABadRecord()
    {
        using var folder = new TemporaryFolder();
        foreach (string place in new[] { "set/images", "elsewhere/images" })
        {
            File.WriteAllBytes(folder[$"{place}/a.png"], PngWriter.Write(60, 40, 8, PngWriter.Grey, new byte[2400]));
        }

        File.WriteAllText(folder["set/list.txt"], "images/a.png\n");
        File.WriteAllText(folder["set/bad.txt"], "images/a.png\n../elsewhere/images/a.png\n");
        File.WriteAllText(folder["set/data.yaml"], "names: [cat]\ntrain: list.txt\nval: bad.txt\n");
        Assert.HasCount(1, SavedScenes.Rows(_ml, _ml.Data.LoadFromYolo(folder["set/data.yaml"])));
        Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadFromYolo(folder["set/data.yaml"], "val"));
        Assert.HasCount(2, SavedScenes.Rows(_ml, _ml.Data.LoadFromYolo(folder["set/data.yaml"], "val", new SegmentationLoadOptions { AllowOutsideFolder = true })));
    }

    private sealed class Scored
    {
        public string Image { get; set; } = string.Empty;

        [VectorType(2)]
        public int[] ImageSize { get; set; } = [0, 0];

        public string[] PredictedLabel { get; set; } = [];

        public string[] PredictedMasks { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
