using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Segmentation.Loading;

/// <summary>YOLO's data.yaml as people and programs write it, and label lines that are no polygons.</summary>
[TestClass]
public sealed class DataYamlTests : LoadedRows
{
    private const string Places = "train: images/train\n";

    [TestMethod]
    [DataRow("names: {0: cat, 1: dog}\n")]
    [DataRow("names: {1: \"dog\", 0: 'cat',}\n")]
    [DataRow("names: [ 'cat',\n         'dog' ]\n")]
    [DataRow("names: [\n  cat,   # the first\n  \"dog\"\n]\n")]
    [DataRow("names:\n  '0': cat\n  \"1\": dog\n")]
    [DataRow("names:\n    - cat\n    -   dog\n")]
    [DataRow("names : [cat, dog]\nnc: 2\n")]
    [DataRow("names: [x]\nnames: [cat, dog]\n")]
    [DataRow("download: |\n  names: [x]\n  print('[')\nnames: [cat, dog]\n")]
    public void LoadFromYolo_NamesInAnyForm_AreTheSame(string names)
    {
        using var folder = new TemporaryFolder();
        string[] expected = ["cat", "dog"];
        CollectionAssert.AreEqual(expected, Classes(folder, names + Places));
        CollectionAssert.AreEqual(expected, Classes(folder, (Places + names).Replace("\n", "\r\n", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow("names: ['cat, small', \"it's\"]", "cat, small", "it's")]
    [DataRow("names:\n  0: \"cat: small\"\n  1: 'it''s' # so", "cat: small", "it's")]
    [DataRow("names: [\"caf\\xE9\", \"\\u72D7 \\U0001F436\"]", "café", "狗 🐶")]
    [DataRow("nc: 2", "class_0", "class_1")]
    public void LoadFromYolo_NamesWithSigns_AreReadToTheLetter(string names, string first, string second)
    {
        using var folder = new TemporaryFolder();
        CollectionAssert.AreEqual(new[] { first, second }, Classes(folder, $"{Places}{names}\n"));
    }

    [TestMethod]
    [DataRow("nc: 3\nnames: [cat, dog]", "3", "names 2")]
    [DataRow("names: {1: cat, 2: dog}", "1, 2", "from 0")]
    [DataRow("names: [cat, dog", "line 3, column 1", "no YAML")]
    [DataRow("names: {cat: 0}", "cat", "number")]
    [DataRow("names: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "64 deep", "brackets")]
    [DataRow("names: *all", "'names'", "numbered from 0")]
    public void LoadFromYolo_NamesThatCannotBe_AreAnErrorThatSaysWhatCame(string names, string came, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["data.yaml"], $"{Places}{names}\n");
        string message = Assert.ThrowsExactly<InvalidDataException>(() => AnnotationForms.Open(folder["data.yaml"], null, null, out _)).Message;
        Assert.IsTrue(message.Contains(came, StringComparison.Ordinal) && message.Contains(expected, StringComparison.Ordinal) && message.Contains("data.yaml", StringComparison.Ordinal), message);
    }

    [TestMethod]
    [DataRow("test: null")]
    [DataRow("test: ~")]
    [DataRow("test:")]
    [DataRow("test: ''")]
    public void Splits_EmptyOnes_AreNone(string test)
    {
        using var folder = new TemporaryFolder();
        Classes(folder, $"{Places}{test}\nnames: [cat]\n");
        Assert.AreEqual("train", AnnotationForms.Splits(folder.Path, null, null, out _).Single().Split);
    }

    [TestMethod]
    public void LoadFromYolo_ClassesOfOneName_AreOneClass()
    {
        using var folder = new TemporaryFolder();
        CollectionAssert.AreEqual(new[] { "cat", "dog" }, Classes(folder, $"{Places}names: [cat, dog, cat]\n"));
        File.WriteAllText(folder["labels/train/a.txt"], "2 0.25 0.25 0.5 0.25 0.5 0.5 0.25 0.5\n1 0 0 1 0 1 1\n");
        CollectionAssert.AreEqual(new uint[] { 1, 2 }, Load(folder).Rows.Single().Label);
    }

    [TestMethod]
    [DataRow("kpt_shape: [2, 3]", "0 0.5 0.5 0.5 0.5 0.1 0.1 2 0.9 0.9 2")]
    [DataRow("kpt_shape: [4, 2]", "0 0.5 0.5 0.5 0.5 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9")]
    public void LoadFromYolo_Keypoints_AreNoPolygons(string shape, string line)
    {
        using var folder = new TemporaryFolder();
        Classes(folder, $"{Places}names: [cat]\n{shape}\n");
        File.WriteAllText(folder["labels/train/a.txt"], line);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Load(folder)).Message, "has a box but no mask");
        CollectionAssert.AreEqual(new[] { 10f, 9, 30, 27 }, Ml.Data.LoadFromYoloBoxes(folder["data.yaml"]).GetColumn<float[]>("BoundingBoxes").Single());
    }

    [TestMethod]
    public void LoadFromYolo_LinesTwiceAndPicturesThatAreNotRead_AreNamed()
    {
        using var folder = new TemporaryFolder();
        Classes(folder, $"{Places}names: [cat]\n");
        File.WriteAllText(folder["labels/train/a.txt"], "0 0 0 1 0 1 1\n0 0 0 0.5 0 0.5 1\n0 0 0 1 0 1 1 \n");
        File.WriteAllBytes(folder["images/train/b.TIF"], [1]);
        File.WriteAllBytes(folder["images/train/._a.png"], [1]);
        (Row[] rows, BadRecord[] bad) = Load(folder);
        Assert.HasCount(2, rows.Single().Label);
        Assert.IsTrue(bad.All(record => record.Kind == BadRecordKind.Remark));
        Assert.HasCount(2, bad);
        StringAssert.Contains(bad[0].Reason, "b.TIF");
        StringAssert.Contains(bad[1].Reason, "line 3 is the same as line 1");
    }

    private static string[] Classes(TemporaryFolder folder, string yaml)
    {
        if (!File.Exists(folder["images/train/a.png"]))
        {
            TestPictures.Save(0, folder["images/train/a.png"]);
            Directory.CreateDirectory(folder["labels/train"]);
        }

        File.WriteAllText(folder["data.yaml"], yaml);
        return [.. AnnotationForms.Open(folder["data.yaml"], null, null, out _).Classes.Select(found => found.Name)];
    }

    private (Row[] Rows, BadRecord[] Bad) Load(TemporaryFolder folder) => Rows(options => Ml.Data.LoadFromYolo(folder["data.yaml"], options: options));
}
