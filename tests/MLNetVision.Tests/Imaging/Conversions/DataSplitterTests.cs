using MLNetVision.Imaging.Conversions;
using MLNetVision.Imaging.Folders;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Imaging.Conversions;

[TestClass]
public sealed class DataSplitterTests
{
    private static readonly (string, double)[] Thirds = [("train", 0.7), ("val", 0.2), ("test", 0.1)];

    private static string Digits => Path.Combine(Goldens.RepositoryFolder(), "datasets", "digits", "test");

    [TestMethod]
    public void Assign_Groups_AreDividedByThemselvesWhateverTheOrder()
    {
        (string Name, string Group)[] items = [.. Enumerable.Range(0, 300).Select(i => ($"{i}.png", i < 100 ? "cat" : "dog")), ("lonely.png", "owl")];
        IReadOnlyList<string> parts = DataSplitter.Assign(items, Thirds, seed: 1);
        CollectionAssert.AreEqual(new[] { 70, 20, 10 }, Thirds.Select(part => items.Zip(parts).Count(item => item.First.Group == "cat" && item.Second == part.Item1)).ToArray());
        CollectionAssert.AreEqual(new[] { 140, 40, 20 }, Thirds.Select(part => items.Zip(parts).Count(item => item.First.Group == "dog" && item.Second == part.Item1)).ToArray());
        Assert.AreEqual("train", parts[^1]);
        Dictionary<string, string> reversed = items.Reverse().Zip(DataSplitter.Assign([.. items.Reverse()], Thirds, seed: 1)).ToDictionary(item => item.First.Name, item => item.Second);
        Assert.IsTrue(items.Zip(parts).All(item => reversed[item.First.Name] == item.Second));
        Assert.IsGreaterThan(50, parts.Zip(DataSplitter.Assign(items, Thirds, seed: 2)).Count(pair => pair.First != pair.Second), "another seed divides otherwise");

        // Held fast, so that a split is the same on every machine and with every later version.
        Assert.AreEqual("train val test train train train train val train train", string.Join(' ', parts.Take(10)));
    }

    [TestMethod]
    public void Split_LabelledFolder_WritesListsThatLoadAndHaveEachPictureOnce()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<DataPart> parts = DataSplitter.Split(Digits, folder["out"], new DataSplitOptions { Parts = Thirds });
        CollectionAssert.AreEqual(new[] { "train", "val", "test" }, parts.Select(part => part.Part).ToArray());
        LabelledFile[] all = [.. parts.SelectMany(part => ImageList.Read(part.Path, checkFiles: true, hasHeader: null).Files)];
        CollectionAssert.AreEqual(
            LabelFolders.Find(Digits, checkFiles: false).Files.Select(file => (file.Path, file.Label)).ToArray(), all.Select(file => (file.Path, file.Label)).OrderBy(file => file.Path, StringComparer.Ordinal).ToArray());
        Assert.AreEqual(450, parts.Sum(part => part.Images));
        string before = File.ReadAllText(parts[0].Path);
        Assert.Contains("exists", Assert.ThrowsExactly<IOException>(() => DataSplitter.Split(Digits, folder["out"])).Message);
        Assert.AreEqual(before, File.ReadAllText(parts[0].Path));
        DataSplitter.Split(Digits, folder["again"], new DataSplitOptions { Parts = Thirds });
        Assert.AreEqual(before, File.ReadAllText(folder["again/train.csv"]));

        // A list is divided like a folder.
        parts = DataSplitter.Split(folder["out/train.csv"], folder["further"], new DataSplitOptions { Pictures = PictureTransfer.Copy });
        Assert.AreEqual(LabelFolders.Find(folder["further"], checkFiles: true).Files.Count, parts.Sum(part => part.Images));
        Assert.IsTrue(LabelFolders.IsSplit(folder["further"]));
    }

    [TestMethod]
    public void Split_Links_LeadToThePictures()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["in/cat/deep/1.png"]);
        TestPictures.Save(2, folder["in/cat/2.png"]);
        TestPictures.Save(3, folder["in/dog/1.png"]);
        DataSplitter.Split(folder["in"], folder["out"], new DataSplitOptions { Pictures = PictureTransfer.Link, Parts = [("train", 0.5), ("val", 0.5)] });
        LabelledFile[] found = [.. LabelFolders.Find(folder["out"], checkFiles: true).Files];
        Assert.HasCount(3, found);
        CollectionAssert.AreEquivalent(
            new[] { folder["in/cat/deep/1.png"], folder["in/cat/2.png"], folder["in/dog/1.png"] }, found.Select(file => new FileInfo(file.Path).LinkTarget!).ToArray());
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Split_LabelsWithBreaksCommasAndQuotes_AreReadBack()
    {
        using var folder = new TemporaryFolder();
        string[] labels = ["two\nlines", "a, b", "say \"cat\"", " space ", "\r\nboth", "plain", "\"", "tab\there"];
        foreach ((int i, string label) in labels.Index())
        {
            TestPictures.Save(i, folder[$"in/{label}/1 {i}, \"a\".png"]);
            TestPictures.Save(i, folder[$"in/{label}/2.png"]);
        }

        IReadOnlyList<DataPart> parts = DataSplitter.Split(folder["in"], folder["out"], new DataSplitOptions { Parts = [("train", 0.5), ("val", 0.5)] });
        LabelledFile[] all = [.. parts.SelectMany(part => ImageList.Read(part.Path, checkFiles: true, hasHeader: null).Files)];
        CollectionAssert.AreEquivalent(
            LabelFolders.Find(folder["in"], checkFiles: false).Files.Select(file => (file.Path, file.Label)).ToArray(), all.Select(file => (file.Path, file.Label)).ToArray());
        CollectionAssert.AreEquivalent(labels, all.Select(file => file.Label).Distinct().ToArray());
    }

    [TestMethod]
    public void Split_AnnotationsWhoseSecondPartFails_LeavesNothing()
    {
        using var folder = new TemporaryFolder();
        string scenes = Path.Combine(Goldens.RepositoryFolder(), "datasets", "shape-scenes", "test", "panoptic.json");
        Directory.CreateDirectory(folder["out/val.json"]); // only the second part finds its place taken
        Assert.ThrowsExactly<IOException>(() => DataSplitter.Split(scenes, folder["out"], new DataSplitOptions { Format = AnnotationFormat.CocoInstances }));
        CollectionAssert.AreEqual(new[] { folder["out/val.json"] }, Directory.GetFileSystemEntries(folder["out"]));
    }

    [TestMethod]
    public void Split_WhatCannotBeDivided_SaysWhy()
    {
        using var folder = new TemporaryFolder();
        Assert.ThrowsExactly<FileNotFoundException>(() => DataSplitter.Split(folder["none"], folder["out"]));
        Assert.Contains("already", Assert.ThrowsExactly<InvalidDataException>(() => DataSplitter.Split(Path.GetDirectoryName(Digits)!, folder["out"])).Message);
        foreach ((string, double)[] shares in new (string, double)[][] { [("train", 1)], [("train", 0.5), ("val", 0.6)], [("train", 0.5), ("train", 0.5)], [("a/b", 0.5), ("val", 0.5)], [("train", 1.1), ("val", -0.1)] })
        {
            Assert.ThrowsExactly<ArgumentException>(() => DataSplitter.Split(Digits, folder["out"], new DataSplitOptions { Parts = shares }));
        }

        Assert.IsFalse(Directory.Exists($"{folder.Path}/out"));
    }
}
