using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Segmentation.Saving;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Segmentation.Saving;

/// <summary>Pascal VOC's form, written and read again, and as other programs write it.</summary>
[TestClass]
public sealed class VocFileTests
{
    private static readonly string[] Names = ["cat", "dog", "tree"];

    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void SaveToVoc_Objects_LoadBackToThePixel()
    {
        using var folder = new TemporaryFolder();
        IDataView data = SavedScenes.Draw(_ml, folder, 6, Names);
        var options = new AnnotationSaveOptions { ImageFolder = folder["pictures"] };
        _ml.Data.SaveToVoc(_ml.Data.TakeRows(data, 4), folder["set"], options: options);
        _ml.Data.SaveToVoc(_ml.Data.SkipRows(data, 4), folder["set"], "val", options: options);
        SavedScenes.Row[] expected = SavedScenes.Rows(_ml, data);
        foreach ((string? split, SavedScenes.Row[] rows) in new[] { ("train", expected[..4]), ("val", expected[4..]), (null, expected) })
        {
            SavedScenes.Row[] actual = SavedScenes.Rows(_ml, _ml.Data.LoadFromVocMasks(folder["set"], split));
            Assert.HasCount(rows.Length, actual);
            foreach (SavedScenes.Row row in rows)
            {
                SavedScenes.Row again = actual.Single(candidate => Path.GetFileName(candidate.Image) == Path.GetFileName(row.Image));
                CollectionAssert.AreEqual(row.Label, again.Label);
                CollectionAssert.AreEqual(row.Masks, again.Masks);
            }
        }

        // The same as classes, and as boxes.
        SavedScenes.Row first = SavedScenes.Rows(_ml, _ml.Data.LoadFromVocMasks(folder["set"], "train", objects: false)).Single(row => row.Image.EndsWith("scene 0.png", StringComparison.Ordinal));
        CollectionAssert.AreEqual(new uint[] { 1, 2, 3, 4 }, first.Label);
        Assert.AreEqual(SavedScenes.Width * SavedScenes.Height, Enumerable.Range(0, 4).Sum(i => first.Mask(i).Area));
        float[][] boxes = [.. _ml.Data.LoadFromVocBoxes(folder["set/Annotations"]).GetColumn<float[]>("BoundingBoxes")];
        CollectionAssert.AreEquivalent(expected.Select(row => string.Join(' ', row.BoundingBoxes)).ToArray(), boxes.Select(box => string.Join(' ', box)).ToArray());

        // Told by its folders, and split by split.
        Assert.AreEqual(AnnotationForm.VocMasks, AnnotationForms.Recognise(folder["set"])?.Form);
        Assert.HasCount(6, SavedScenes.Rows(_ml, _ml.Data.LoadSegmentation(folder["set"])));
        CollectionAssert.AreEqual(new[] { ("train", 4L), ("val", 2L) }, _ml.Data.CheckSegmentation(folder["set"]).Splits.Select(figures => (figures.Name, figures.Images)).ToArray());
    }

    [TestMethod]
    public void SaveToVoc_CrowdsAndBackground_AreVoidAndNoObjects()
    {
        using var folder = new TemporaryFolder();
        IDataView data = SavedScenes.Draw(_ml, folder, 1, ["cat", "background", "dog"], crowds: true);
        _ml.Data.SaveToVoc(data, folder["set"]);
        SavedScenes.Row row = SavedScenes.Rows(_ml, data).Single();
        PngLabels classes = PngLabels.Read(folder["set/SegmentationClass/scene 0.png"]), objects = PngLabels.Read(folder["set/SegmentationObject/scene 0.png"]);
        byte[] crowd = row.Mask(row.Masks.Length - 1).ToRowMajor();
        byte[] covered = RunLengthMask.Union([.. Enumerable.Range(0, row.Masks.Length).Select(row.Mask)]).ToRowMajor();
        for (int i = 0; i < crowd.Length; i++)
        {
            Assert.AreEqual(crowd[i] != 0 || covered[i] == 0, classes.Values[i] == 255);
            Assert.AreEqual(classes.Values[i] is 1 or 2, objects.Values[i] is > 0 and < 255);
        }

        CollectionAssert.AreEqual(new[] { "# label:color_rgb:parts:actions", "background:0,0,0::", "cat:128,0,0::", "dog:0,128,0::" }, File.ReadAllLines(folder["set/labelmap.txt"]));
        int difficult = File.ReadAllText(folder["set/Annotations/scene 0.xml"]).Split("<difficult>1<").Length - 1;
        Assert.AreEqual(row.Label[^1] == 2 ? 0 : 1, difficult);
    }

    /// <summary>The challenge's classes without a labelmap.txt; void outlines; a map of its colours instead of indices; classes with colours of their own.</summary>
    [TestMethod]
    [DataRow(null, false)]
    [DataRow(null, true)]
    [DataRow("background:0,0,0::\nbird:10,20,30::\nboat:0,0,200::\n", true)]
    [DataRow("bird:10,20,30::\nboat:0,0,200::\n", true)]
    [DataRow("# label:color_rgb:parts:actions\nbird:10,20,30::\nboat:0,0,200::\nbackground:0,0,0::\n", false)]
    public void LoadFromVocMasks_FilesOfOtherPrograms_HaveTheirClasses(string? labelMap, bool colours)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["JPEGImages/a.png"], PngWriter.Write(4, 1, 8, PngWriter.Grey, new byte[4]));
        byte[] indices = labelMap is null ? [0, 3, 255, 4] : [0, 1, 255, 2];
        byte[][] ofIndex = labelMap is null ? [[0, 0, 0], [128, 128, 0], [224, 224, 192], [0, 0, 128]] : [[0, 0, 0], [10, 20, 30], [224, 224, 192], [0, 0, 200]];
        byte[] palette = new byte[768];
        for (int i = 0; i < 4; i++)
        {
            ofIndex[i].CopyTo(palette, 3 * indices[i]);
        }

        byte[] map = colours ? PngWriter.Write(4, 1, 8, PngWriter.Rgb, [.. ofIndex.SelectMany(colour => colour)]) : PngWriter.Write(4, 1, 8, PngWriter.Palette, indices, palette);
        File.WriteAllBytes(folder["SegmentationClass/a.png"], map);
        File.WriteAllBytes(folder["SegmentationObject/a.png"], PngWriter.Write(4, 1, 8, PngWriter.Palette, [0, 1, 255, 2], palette));
        if (labelMap is not null)
        {
            File.WriteAllText(folder["labelmap.txt"], labelMap);
        }

        IDataView data = _ml.Data.LoadFromVocMasks(folder.Path);
        VBuffer<ReadOnlyMemory<char>> names = default;
        data.Schema["Label"].Annotations.GetValue("KeyValues", ref names);
        SavedScenes.Row objects = SavedScenes.Rows(_ml, data).Single();
        CollectionAssert.AreEqual(new[] { "bird", "boat" }, objects.Label.Select(key => names.GetItemOrDefault((int)key - 1).ToString()).ToArray());
        CollectionAssert.AreEqual(new[] { 1f, 0, 2, 1, 3, 0, 4, 1 }, objects.BoundingBoxes);
        SavedScenes.Row semantic = SavedScenes.Rows(_ml, _ml.Data.LoadFromVocMasks(folder.Path, objects: false)).Single();
        CollectionAssert.AreEqual(labelMap is null ? new uint[] { 1, 4, 5 } : [1, 2, 3], semantic.Label);
    }

    [TestMethod]
    public void LoadFromVocMasks_BrokenParts_CostThemselves()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "good", "small", "lost" })
        {
            File.WriteAllBytes(folder[$"JPEGImages/{name}.png"], PngWriter.Write(4, 1, 8, PngWriter.Grey, new byte[4]));
            File.WriteAllBytes(folder[$"SegmentationClass/{name}.png"], PngWriter.Write(4, 1, 8, PngWriter.Grey, [1, 1, 77, 0]));
            File.WriteAllBytes(folder[$"SegmentationObject/{name}.png"], name == "small" ? PngWriter.Write(2, 1, 8, PngWriter.Grey, new byte[2]) : PngWriter.Write(4, 1, 8, PngWriter.Grey, [1, 1, 2, 3]));
        }

        File.Delete(folder["JPEGImages/lost.png"]);
        File.WriteAllText(folder["ImageSets/Segmentation/train.txt"], "good\nsmall\nlost\nmissing\n../../up\n");
        var found = new List<BadRecord>();
        SavedScenes.Row row = SavedScenes.Rows(_ml, _ml.Data.LoadFromVocMasks(folder.Path, "train", options: new SegmentationLoadOptions { BadRecordFound = found.Add })).Single();
        Assert.HasCount(1, row.Label);
        CollectionAssert.AreEqual(new[] { "good", "good", "small", "lost", "missing", "../../up", "value 77" }, found.Select(bad => bad.Name).ToArray());
        CollectionAssert.AreEqual(
            new[] { BadRecordKind.Annotation, BadRecordKind.Annotation, BadRecordKind.Record, BadRecordKind.Record, BadRecordKind.Record, BadRecordKind.Record, BadRecordKind.Remark },
            found.Select(bad => bad.Kind).ToArray());
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadFromVocMasks(folder.Path, "val")).Message, "There are train");
        Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadFromVocMasks(folder.Path, "../../x"));
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => _ml.Data.LoadFromVocMasks(folder["JPEGImages"]));
    }

    [TestMethod]
    public void SaveToVoc_FilesThatExist_AreNeverWrittenOver()
    {
        using var folder = new TemporaryFolder();
        IDataView data = SavedScenes.Draw(_ml, folder, 1, Names);
        File.WriteAllText(folder["set/JPEGImages/scene 0.png"], "mine");
        Assert.ThrowsExactly<IOException>(() => _ml.Data.SaveToVoc(data, folder["set"]));
        Assert.AreEqual("mine", File.ReadAllText(folder["set/JPEGImages/scene 0.png"]));
        Assert.HasCount(1, Directory.GetFiles(folder["set"], "*", SearchOption.AllDirectories), "what had been written before goes again");
        _ml.Data.SaveToVoc(data, folder["good"]);
        StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => _ml.Data.SaveToVoc(SavedScenes.Draw(_ml, folder, 1, ["other"]), folder["good"], "val")).Message, "labelmap.txt");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.SaveToVoc(SavedScenes.Draw(_ml, folder, 1, ["a:b"]), folder["new"])).Message, "a:b");
    }
}
