using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Folders;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Loading;

[TestClass]
public sealed class ImageFolderTests
{
    private sealed class Row
    {
        public string Image { get; set; } = string.Empty;

        public string Label { get; set; } = string.Empty;
    }

    [TestMethod]
    public void Folder_WithSubfolders_GivesPathsAndLabelsInOrder()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["b/2.png"]);
        TestPictures.Save(1, folder["a/deep/1.png"]);
        TestPictures.Save(2, folder["a/0.PNG"]);
        File.WriteAllText(folder["a/notes.txt"], "no picture");
        var ml = new MLContext();
        IDataView data = ml.Data.LoadFromImageFolder(folder.Path);
        Assert.IsNull(data.GetRowCount());
        Row[] rows = [.. ml.Data.CreateEnumerable<Row>(data, reuseRowObject: false)];
        CollectionAssert.AreEqual(new[] { folder["a/0.PNG"], folder["a/deep/1.png"], folder["b/2.png"] }, rows.Select(row => row.Image).ToArray());
        CollectionAssert.AreEqual(new[] { "a", "a", "b" }, rows.Select(row => row.Label).ToArray());
        Assert.AreEqual(3, data.GetRowCount());
        Assert.IsNull(data.Schema.GetColumnOrNull("Split"));
    }

    [TestMethod]
    public void Folder_WithPicturesOfOtherKinds_ReadsThemOrNamesThem()
    {
        using var folder = new TemporaryFolder();
        File.Move(TestPictures.Save(0, folder["a/0.jpg"]), folder["a/0.jfif"]);
        File.Move(TestPictures.Save(1, folder["a/1.jpg"]), folder["a/1.JPEG"]);
        File.WriteAllBytes(folder["a/2.tif"], [1]);
        File.WriteAllBytes(folder["a/3.TIFF"], [1]);
        var ml = new MLContext();
        using var log = new LogRecorder(ml);
        Assert.HasCount(2, ml.Data.CreateEnumerable<Row>(ml.Data.LoadFromImageFolder(folder.Path), reuseRowObject: false).ToArray());
        string warning = log.Warnings.Single();
        StringAssert.Contains(warning, "2 file(s) were left out");
        Assert.IsTrue(warning.Contains("2.tif", StringComparison.Ordinal) && warning.Contains("3.TIFF", StringComparison.Ordinal), warning);
    }

    [TestMethod]
    public void Folder_WithBadFiles_ReportsThemOnceWithCountAndNames()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["a/good.png"]);
        File.WriteAllText(folder["a/text.png"], "this is no picture");
        File.WriteAllBytes(folder["b/empty.jpg"], []);
        var ml = new MLContext();
        var warnings = new List<string>();
        ml.Log += (_, e) =>
        {
            if (e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            {
                warnings.Add(e.Message);
            }
        };
        IDataView data = ml.Data.LoadFromImageFolder(folder.Path);
        Assert.AreEqual(0, warnings.Count, "nothing is read before the first cursor");
        for (int pass = 0; pass < 2; pass++)
        {
            Assert.AreEqual(1, ml.Data.CreateEnumerable<Row>(data, reuseRowObject: false).Count());
        }

        string warning = warnings.Single();
        StringAssert.Contains(warning, "2 file(s)");
        StringAssert.Contains(warning, "text.png");
        StringAssert.Contains(warning, "empty.jpg");
    }

    [TestMethod]
    public void Folder_WithSplits_GivesTrainAndTest()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["train/a/1.png"]);
        TestPictures.Save(1, folder["train/b/1.png"]);
        TestPictures.Save(2, folder["test/a/1.png"]);
        var ml = new MLContext();
        Assert.AreEqual(3, ml.Data.LoadFromImageFolder(folder.Path).GetColumn<string>("Split").Count());
        DataOperationsCatalog.TrainTestData parts = ml.Data.LoadTrainTestFromImageFolder(folder.Path);
        CollectionAssert.AreEqual(new[] { "a", "b" }, parts.TrainSet.GetColumn<string>("Label").ToArray());
        CollectionAssert.AreEqual(new[] { "a" }, parts.TestSet.GetColumn<string>("Label").ToArray());
        Assert.ThrowsExactly<ArgumentException>(() => ml.Data.LoadTrainTestFromImageFolder(folder["train"]));
    }

    [TestMethod]
    [DataRow("list.csv", "name,kind\npics/0.png,\"cat, grey\"\npics/1.png,dog\nmissing.png,dog\npics/1.png,\n")]
    [DataRow("list.tsv", "pics/0.png\tcat, grey\npics/1.png\tdog\n\nmissing.png\tdog\npics/1.png\n")]
    public void List_OfPathsAndLabels_GivesUsableLines(string name, string text)
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["pics/0.png"]);
        TestPictures.Save(1, folder["pics/1.png"]);
        File.WriteAllText(folder[name], text);
        var ml = new MLContext();
        IDataView data = ml.Data.LoadFromImageFolder(folder[name]);
        CollectionAssert.AreEqual(new[] { "cat, grey", "dog" }, data.GetColumn<string>("Label").ToArray());
        CollectionAssert.AreEqual(new[] { folder["pics/0.png"], folder["pics/1.png"] }, data.GetColumn<string>("Image").ToArray());
    }

    [TestMethod]
    [DataRow("__MACOSX/train/._1.png")]
    [DataRow("annotations/list.json")]
    [DataRow(".thumbnails/a/1.png")]
    public void Folder_WithSplitsAndOtherThings_IsStillDivided(string other)
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["train/a/1.png"]);
        TestPictures.Save(1, folder["train/b/1.png"]);
        TestPictures.Save(2, folder["val/a/1.png"]);
        File.WriteAllBytes(folder[other], [0, 5, 22, 7]);
        var ml = new MLContext();
        using var log = new LogRecorder(ml);
        CollectionAssert.AreEqual(new[] { "a", "b", "a" }, ml.Data.LoadFromImageFolder(folder.Path).GetColumn<string>("Label").ToArray());
        Assert.AreEqual(1, ml.Data.LoadTrainTestFromImageFolder(folder.Path).TestSet.GetColumn<string>("Label").Count());
        Assert.IsEmpty(log.Warnings);
    }

    [TestMethod]
    public void Folder_WithSplitsAndAFolderOfPictures_NamesTheseAsLeftOut()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["train/a/1.png"]);
        TestPictures.Save(1, folder["val/a/1.png"]);
        TestPictures.Save(2, folder["samples/2.png"]);
        var ml = new MLContext();
        using var log = new LogRecorder(ml);
        CollectionAssert.AreEqual(new[] { "a", "a" }, ml.Data.LoadFromImageFolder(folder.Path).GetColumn<string>("Label").ToArray());
        StringAssert.Contains(log.Warnings.Single(), "2.png");

        // A class may be called train.
        TestPictures.Save(3, folder["train/3.png"]);
        CollectionAssert.AreEqual(new[] { "samples", "train", "train", "val" }, ml.Data.LoadFromImageFolder(folder.Path).GetColumn<string>("Label").ToArray());
    }

    [TestMethod]
    public void Folder_WithHiddenFilesAndFolders_TakesThemForNone()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["a/1.png"]);
        TestPictures.Save(0, folder["a/.ipynb_checkpoints/1-checkpoint.png"]);
        File.WriteAllBytes(folder["a/._1.png"], [0, 5, 22, 7]);
        var ml = new MLContext();
        using var log = new LogRecorder(ml);
        CollectionAssert.AreEqual(new[] { folder["a/1.png"] }, ml.Data.LoadFromImageFolder(folder.Path).GetColumn<string>("Image").ToArray());
        CollectionAssert.AreEqual(new[] { folder["a/1.png"] }, PictureFiles.Find(folder.Path).ToArray());
        Assert.IsEmpty(log.Warnings);
    }

    [TestMethod]
    public void Folder_WithLinks_ReadsOthersAndNotItself()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["set/a/1.png"]);
        TestPictures.Save(1, folder["elsewhere/2.png"]);
        Directory.CreateSymbolicLink(folder["set/b"], folder["elsewhere"]);
        Directory.CreateSymbolicLink(folder["set/a/up"], "..");
        Directory.CreateSymbolicLink(folder["elsewhere/back"], folder["set/a"]);
        var ml = new MLContext();
        CollectionAssert.AreEqual(
            new[] { "set/a/1.png", "set/b/2.png", "set/b/back/1.png" },
            ml.Data.LoadFromImageFolder(folder["set"]).GetColumn<string>("Image").Select(path => Path.GetRelativePath(folder.Path, path)).ToArray());
    }

    [TestMethod]
    public void Folder_WithPicturesOfNoLabel_NamesThem()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["train/a/1.png"]);
        TestPictures.Save(1, folder["test/2.png"]);
        var ml = new MLContext();
        using var log = new LogRecorder(ml);
        Assert.AreEqual(1, ml.Data.LoadFromImageFolder(folder.Path).GetColumn<string>("Label").Count());
        StringAssert.Contains(log.Warnings.Single(), "2.png");
    }

    [TestMethod]
    [DataRow("id,Filename,label\n7,0.png,cat\n8,1.png,dog\n", 0, "")]
    [DataRow("label,image\ncat,0.png\ndog,1.png\n", 0, "")]
    [DataRow(".\\0.png,cat\r\n.\\1.png,dog\r\n", 0, "")]
    [DataRow("missing.png,cat\n0.png,cat\n1.png,dog\n", 1, "line 1")]
    [DataRow("name,kind\n0.png,cat\n1.png,dog\n0.png\n,cat\n", 2, "line 4")]
    public void List_InOtherForms_LosesNoLine(string text, int bad, string expected)
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["0.png"]);
        TestPictures.Save(1, folder["1.png"]);
        File.WriteAllText(folder["list.csv"], text);
        var ml = new MLContext();
        IDataView data = ml.Data.LoadFromImageFolder(folder["list.csv"]);
        CollectionAssert.AreEqual(new[] { "cat", "dog" }, data.GetColumn<string>("Label").ToArray());
        DataReport report = ml.Data.ReportOf(data)!;
        Assert.AreEqual(bad, report.BadRecords);
        StringAssert.Contains(string.Join("; ", report.Found), expected);
    }

    [TestMethod]
    public void List_OfAnotherEncoding_LosesTheLineAndSaysSo()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["0.png"]);
        TestPictures.Save(1, folder["1.png"]);
        File.WriteAllBytes(folder["list.csv"], System.Text.Encoding.Latin1.GetBytes("0.png,café\n1.png,dog\n"));
        var ml = new MLContext();
        IDataView data = ml.Data.LoadFromImageFolder(folder["list.csv"]);
        CollectionAssert.AreEqual(new[] { "dog" }, data.GetColumn<string>("Label").ToArray());
        StringAssert.Contains(ml.Data.ReportOf(data)!.Found.Single().Reason, "line 1");
        StringAssert.Contains(ml.Data.ReportOf(data)!.Found.Single().Reason, "UTF-8");
    }

    [TestMethod]
    public void List_WithAColumnForEachClass_IsAnError()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["0.png"]);
        File.WriteAllText(folder["list.csv"], "image,cat,dog\n0.png,1,0\n");
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => new MLContext().Data.LoadFromImageFolder(folder["list.csv"]).GetColumn<string>("Label").Count());
        StringAssert.Contains(error.Message, "cat, dog");
    }

    [TestMethod]
    public void Report_OfRowsBehindATransform_IsTheirOwn()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["train/a/1.png"]);
        TestPictures.Save(1, folder["train/b/1.png"]);
        TestPictures.Save(2, folder["test/a/1.png"]);
        File.WriteAllText(folder["train/a/text.png"], "no picture");
        var ml = new MLContext();
        DataOperationsCatalog.TrainTestData parts = ml.Data.LoadTrainTestFromImageFolder(folder.Path);
        IDataView train = Keys(parts.TrainSet), test = Keys(parts.TestSet);
        Assert.AreEqual((2L, 1L), (ml.Data.ReportOf(train)!.Used, ml.Data.ReportOf(train)!.BadRecords));
        Assert.AreEqual(1L, ml.Data.ReportOf(test)!.Used);

        IDataView Keys(IDataView data) => ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    [TestMethod]
    public void Folder_MissingOrEmpty_SaysWhatWasExpected()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext();
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => ml.Data.LoadFromImageFolder(Path.Combine(folder.Path, "nowhere")));
        InvalidDataException empty = Assert.ThrowsExactly<InvalidDataException>(() => ml.Data.LoadFromImageFolder(folder.Path).GetColumn<string>("Label").Count());
        StringAssert.Contains(empty.Message, "FOLDER/LABEL/PICTURE");
        Assert.ThrowsExactly<ArgumentException>(() => ml.Data.LoadFromImageFolder(folder.Path, new ImageFolderOptions { LabelColumnName = "Image" }));
    }

    [TestMethod]
    public void Data_Shuffled_KeepsIdsOfRows()
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < 12; i++)
        {
            TestPictures.Save(i % 3, folder[$"l/{i:00}.png"]);
        }

        IDataView data = new MLContext().Data.LoadFromImageFolder(folder.Path, new ImageFolderOptions { ImageColumnName = "Path" });
        Dictionary<DataViewRowId, string> serial = ReadIds(data, null);
        Dictionary<DataViewRowId, string> shuffled = ReadIds(data, new Random(3));
        CollectionAssert.AreNotEqual(serial.Values.ToArray(), shuffled.Values.ToArray());
        foreach ((DataViewRowId id, string path) in serial)
        {
            Assert.AreEqual(path, shuffled[id]);
        }
    }

    private static Dictionary<DataViewRowId, string> ReadIds(IDataView data, Random? random)
    {
        var rows = new Dictionary<DataViewRowId, string>();
        using DataViewRowCursor cursor = data.GetRowCursor([data.Schema["Path"]], random);
        ValueGetter<DataViewRowId> readId = cursor.GetIdGetter();
        ValueGetter<ReadOnlyMemory<char>> readPath = cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["Path"]);
        while (cursor.MoveNext())
        {
            DataViewRowId id = default;
            readId(ref id);
            ReadOnlyMemory<char> path = default;
            readPath(ref path);
            rows.Add(id, path.ToString());
        }

        return rows;
    }
}
