using Microsoft.ML;
using Microsoft.ML.Data;
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
