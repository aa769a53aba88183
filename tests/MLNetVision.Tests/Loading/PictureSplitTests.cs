using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Annotations.Coco;
using MLNetVision.Imaging.Conversions;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Loading;

[TestClass]
public sealed class PictureSplitTests
{
    private sealed class Row
    {
        public string Image { get; set; } = string.Empty;

        public string Label { get; set; } = string.Empty;
    }

    private static Row[] Rows(string prefix) => [.. from label in new[] { ("a", 10), ("b", 5), ("c", 2), ("d", 1) } from i in Enumerable.Range(0, label.Item2) select new Row { Image = $"{prefix}/{label.Item1}/{i}.png", Label = label.Item1 }];

    private static string[] Names(MLContext ml, IDataView data) => [.. ml.Data.CreateEnumerable<Row>(data, reuseRowObject: false).Select(row => string.Join('/', row.Image.Split('/')[^2..]))];

    [TestMethod]
    public void SplitPictures_OfFolders_HoldsOutTheShareOfEachClassAndKeepsOneOnEachSide()
    {
        var ml = new MLContext();
        Row[] rows = Rows("/data");
        DataOperationsCatalog.TrainTestData parts = ml.Data.SplitPictures(ml.Data.LoadFromEnumerable(rows), 0.2, seed: 3);
        Row[] held = [.. ml.Data.CreateEnumerable<Row>(parts.TestSet, reuseRowObject: false)];
        CollectionAssert.AreEqual(new[] { 2, 1, 1, 0 }, "abcd".Select(label => held.Count(row => row.Label == $"{label}")).ToArray());
        string[] together = [.. Names(ml, parts.TrainSet).Concat(Names(ml, parts.TestSet)).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(rows.Select(row => string.Join('/', row.Image.Split('/')[^2..])).Order(StringComparer.Ordinal).ToArray(), together);
        Assert.AreEqual(rows.Length - held.Length, parts.TrainSet.GetRowCount());
    }

    [TestMethod]
    public void SplitPictures_OfOtherPlaceOrSeed_FollowsNamesAndSeedAlone()
    {
        var ml = new MLContext();
        string[] here = Names(ml, ml.Data.SplitPictures(ml.Data.LoadFromEnumerable(Rows("/data")), 0.3, seed: 1).TestSet);
        string[] elsewhere = Names(ml, ml.Data.SplitPictures(ml.Data.LoadFromEnumerable(Rows(@"/somewhere/else")), 0.3, seed: 1).TestSet);
        string[] other = Names(ml, ml.Data.SplitPictures(ml.Data.LoadFromEnumerable(Rows("/data")), 0.3, seed: 2).TestSet);
        CollectionAssert.AreEqual(here, elsewhere);
        CollectionAssert.AreNotEqual(here, other);
    }

    [TestMethod]
    public void SplitPictures_OfOnePathTwice_KeepsItsRowsTogether()
    {
        var ml = new MLContext();
        Row[] rows = [.. Rows("/data").SelectMany(row => new[] { row, row })];
        DataOperationsCatalog.TrainTestData parts = ml.Data.SplitPictures(ml.Data.LoadFromEnumerable(rows), 0.5);
        Assert.IsEmpty(Names(ml, parts.TrainSet).Intersect(Names(ml, parts.TestSet)));
    }

    [TestMethod]
    public void SplitPictures_OfScenes_KeepsAnnotationsAndReport()
    {
        var ml = new MLContext();
        string file = Path.Combine(Goldens.RepositoryFolder(), "datasets", "shape-scenes", "test", "panoptic.json");
        IDataView data = ml.Data.LoadSegmentation(file);
        DataOperationsCatalog.TrainTestData parts = ml.Data.SplitPictures(data, 0.25);
        Assert.IsTrue(parts.TrainSet.Schema["Label"].Annotations.Schema.Any(column => column.Name == "KeyValues"));
        Assert.IsNotNull(ml.Data.ReportOf(parts.TestSet));
    }

    [TestMethod]
    [DataRow(0.2)]
    [DataRow(0.35)]
    public void SplitPictures_OfLabels_HoldsOutThePicturesOfDataSplit(double share)
    {
        using var folder = new TemporaryFolder();
        string digits = Path.Combine(Goldens.RepositoryFolder(), "datasets", "digits", "test");
        DataPart[] parts = [.. DataSplitter.Split(digits, folder["out"], new DataSplitOptions { Parts = [("train", 1 - share), ("val", share)], Seed = 5 })];
        var ml = new MLContext();
        DataOperationsCatalog.TrainTestData held = ml.Data.SplitPictures(ml.Data.LoadFromImageFolder(digits), share, seed: 5);
        foreach ((DataPart part, IDataView data) in new[] { (parts[0], held.TrainSet), (parts[1], held.TestSet) })
        {
            string[] written = [.. File.ReadAllLines(part.Path).Skip(1).Select(line => Path.GetFullPath(line.Split(',')[0], folder["out"])).Order(StringComparer.Ordinal)];
            CollectionAssert.AreEqual(written, ml.Data.CreateEnumerable<Row>(data, reuseRowObject: false).Select(row => row.Image).Order(StringComparer.Ordinal).ToArray(), part.Part);
        }
    }

    [TestMethod]
    public void SplitPictures_OfSegments_HoldsOutThePicturesOfDataSplit()
    {
        using var folder = new TemporaryFolder();
        string scenes = Path.Combine(Goldens.RepositoryFolder(), "datasets", "shape-scenes", "train", "panoptic.json");
        string images = Path.Combine(Path.GetDirectoryName(scenes)!, "images");
        DataSplitter.Split(scenes, folder["out"], new DataSplitOptions { Parts = [("train", 0.75), ("val", 0.25)], Seed = 2 });
        var ml = new MLContext();
        IDataView held = ml.Data.SplitPictures(ml.Data.LoadSegmentation(scenes), 0.25, seed: 2).TestSet;
        string[] expected = [.. held.GetColumn<string>("Image").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        string[] written = [.. CocoPanoptic.Open(folder["out/val.json"], images).Read().Select(image => Path.GetFileName(image.Path)).Order(StringComparer.Ordinal)];
        Assert.IsGreaterThan(5, written.Length);
        CollectionAssert.AreEqual(expected, written);
    }

    [TestMethod]
    public void SplitFolds_OfLabels_AreEquallyLargeInAllAndOfEachClass()
    {
        var ml = new MLContext();
        IReadOnlyList<DataOperationsCatalog.TrainTestData> folds = PictureSplitCatalog.SplitFolds(ml.Data.LoadFromEnumerable(Rows("/data")), 4, seed: 1);
        string[] held = [.. folds.SelectMany(fold => Names(ml, fold.TestSet)).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(Rows("/data").Select(row => string.Join('/', row.Image.Split('/')[^2..])).Order(StringComparer.Ordinal).ToArray(), held, "each once");
        foreach (DataOperationsCatalog.TrainTestData fold in folds)
        {
            string[] names = Names(ml, fold.TestSet);
            Assert.IsTrue(names.Length is 4 or 5 && names.Count(name => name[0] == 'a') is 2 or 3 && names.Count(name => name[0] == 'b') is 1 or 2, string.Join(' ', names));
            Assert.IsEmpty(names.Intersect(Names(ml, fold.TrainSet)));
        }
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(1.0)]
    public void SplitPictures_OfNoShare_IsRefused(double share)
    {
        var ml = new MLContext();
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ml.Data.SplitPictures(ml.Data.LoadFromEnumerable(Rows("/data")), share));
        Assert.Contains("above 0 and below 1", error.Message);
    }
}
