using Microsoft.ML;
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
    [DataRow(0.0)]
    [DataRow(1.0)]
    public void SplitPictures_OfNoShare_IsRefused(double share)
    {
        var ml = new MLContext();
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ml.Data.SplitPictures(ml.Data.LoadFromEnumerable(Rows("/data")), share));
        Assert.Contains("above 0 and below 1", error.Message);
    }
}
