using Microsoft.ML;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Figures;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Segmentation.Loading;

/// <summary>YOLO's and Pascal VOC's files, and forms that are told by what is in their files.</summary>
[TestClass]
public sealed class FormTests
{
    private readonly MLContext _ml = new(seed: 1);

    private sealed class Boxes
    {
        public string Image { get; set; } = string.Empty;

        public int[] ImageSize { get; set; } = [];

        public uint[] Label { get; set; } = [];

        public float[] BoundingBoxes { get; set; } = [];

        public bool[] IsCrowd { get; set; } = [];

        public double[] Area { get; set; } = [];
    }

    [TestMethod]
    [DataRow("names: [cat, 'dog']\ntrain: images/train\nval: images/val\n")]
    [DataRow("# made by hand\npath: .\ntrain: images/train # pictures\nval: images/val\nnc: 2\nnames:\n  - cat\n  - \"dog\"\n")]
    [DataRow("train: ../images/train\nval: ../images/val\nnames:\n  0: cat\n  1: dog\n")]
    public void LoadFromYolo_PolygonsAndBoxes_AreReadInPixels(string yaml)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["data.yaml"], yaml);
        Picture(folder["images/train/a.png"]);
        Picture(folder["images/train/b.png"]);
        Picture(folder["images/val/c.png"]);
        File.WriteAllText(folder["labels/train/a.txt"], "1 0.25 0.25 0.5 0.25 0.5 0.5 0.25 0.5\n\n0 0.5 0.5 0.5 0.5\n7 0 0 1 1 0 1\n0 x\n0 0 0 1 1 0\n0 100 200 50 60\n");
        var found = new List<BadRecord>();
        var options = new SegmentationLoadOptions { BadRecordFound = found.Add };
        Boxes[] masks = Rows(_ml.Data.LoadFromYolo(folder["data.yaml"], options: options));
        CollectionAssert.AreEqual(new[] { 1, 0 }, masks.Select(row => row.Label.Length).ToArray());
        Assert.AreEqual(15 * 10, masks[0].Area.Single());
        CollectionAssert.AreEqual(new[] { 40, 60 }, masks[0].ImageSize);
        CollectionAssert.AreEqual(new[] { "line 3", "line 4", "line 5", "line 6", "line 7" }, found.Select(bad => bad.Reason.Split(':')[0]).ToArray());
        StringAssert.Contains(found[0].Reason, "LoadFromYoloBoxes");

        Boxes boxes = Rows(_ml.Data.LoadFromYoloBoxes(folder["data.yaml"]))[0];
        CollectionAssert.AreEqual(new uint[] { 2, 1, 1 }, boxes.Label);
        CollectionAssert.AreEqual(new[] { 15f, 10, 30, 20, 15, 10, 45, 30 }, boxes.BoundingBoxes[..8]);
        Assert.HasCount(1, Rows(_ml.Data.LoadFromYolo(folder["data.yaml"], "val")));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadFromYolo(folder["data.yaml"], "test")).Message, "train");
    }

    [TestMethod]
    public void LoadFromVocBoxes_CornersFromOneAndDifficultObjects_AreRead()
    {
        using var folder = new TemporaryFolder();
        Picture(folder["JPEGImages/a.png"]);
        File.WriteAllText(folder["Annotations/a.xml"], """
            <annotation><filename>a.png</filename><object><name>dog</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>10</xmax><ymax>5</ymax></bndbox></object>
             <object><name>cat</name><bndbox><xmin>11.0</xmin><ymin>6</ymin><xmax>20</xmax><ymax>10</ymax></bndbox></object><object><name>cat</name></object></annotation>
            """);
        File.WriteAllText(folder["Annotations/b.xml"], "<!DOCTYPE annotation [<!ENTITY a SYSTEM \"file:///etc/hostname\">]><annotation><filename>&a;</filename></annotation>");
        var found = new List<BadRecord>();
        Boxes row = Rows(_ml.Data.LoadFromVocBoxes(folder["Annotations"], options: new SegmentationLoadOptions { BadRecordFound = found.Add })).Single();
        CollectionAssert.AreEqual(new uint[] { 2, 1 }, row.Label);
        CollectionAssert.AreEqual(new[] { 0f, 0, 10, 5, 10, 5, 20, 10 }, row.BoundingBoxes);
        CollectionAssert.AreEqual(new[] { true, false }, row.IsCrowd);
        CollectionAssert.AreEqual(new[] { 40, 60 }, row.ImageSize);
        CollectionAssert.AreEqual(new[] { "a.xml", "b.xml" }, found.Select(bad => bad.Name).ToArray());
    }

    [TestMethod]
    public void LoadSegmentation_AnyForm_IsToldByItsFiles()
    {
        using var folder = new TemporaryFolder();
        const string Instance = """{"images":[{"id":1,"file_name":"a.png"}],"categories":[{"id":1,"name":"cat"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,5,5],@}]}""";
        foreach (string name in new[] { "coco", "boxes", "vott", "labelme", "yolo/images/train" })
        {
            Picture(folder[$"{name}/a.png"]);
        }

        File.WriteAllText(folder["coco/_annotations.coco.json"], Instance.Replace("@", "\"segmentation\":[[1,1,6,1,6,6,1,6]]"));
        File.WriteAllText(folder["boxes/a.json"], Instance.Replace("@", "\"score\":1"));
        File.WriteAllText(folder["vott/a.json"], """{"name":"x","tags":[{"name":"cat"}],"assets":{"1":{"asset":{"name":"a.png"},"regions":[{"tags":["cat"],"boundingBox":{"left":1,"top":1,"width":5,"height":5}}]}}}""");
        File.WriteAllText(folder["labelme/a.json"], """{"version":"5","imagePath":"a.png","shapes":[{"label":"cat","points":[[1,1],[6,1],[6,6],[1,6]]}]}""");
        File.WriteAllText(folder["yolo/data.yaml"], "names: [cat]\ntrain: images/train\n");
        File.WriteAllText(folder["yolo/labels/train/a.txt"], $"0 {1 / 60.0:R} {1 / 40.0:R} {6 / 60.0:R} {1 / 40.0:R} {6 / 60.0:R} {6 / 40.0:R} {1 / 60.0:R} {6 / 40.0:R}");
        foreach ((string place, AnnotationForm form) in new[]
        {
            ("coco/_annotations.coco.json", AnnotationForm.CocoInstances), ("coco", AnnotationForm.CocoInstances), ("vott/a.json", AnnotationForm.Vott), ("vott", AnnotationForm.Vott),
            ("labelme/a.json", AnnotationForm.Labelme), ("labelme", AnnotationForm.Labelme), ("yolo/data.yaml", AnnotationForm.Yolo), ("yolo", AnnotationForm.Yolo),
        })
        {
            string path = Path.Combine(folder.Path, place);
            Assert.AreEqual(form, AnnotationForms.Recognise(path)?.Form, place);
            Assert.AreEqual(25, Rows(_ml.Data.LoadSegmentation(path)).Single().Area.Single(), 1e-9, place);
            AnnotationCheck check = _ml.Data.CheckSegmentation(path);
            Assert.IsTrue(check.IsClean, $"{check}");
            AnnotationFigures figures = check.Splits.Single();
            Assert.AreEqual((1, 0, 1, 0, 0), (figures.Images, figures.EmptyImages, figures.Classes.Single().Segments, figures.BadRecords, figures.BadAnnotations), place);
            Assert.AreEqual(((40, 60), 1), figures.Sizes.Single());
        }

        File.Copy(folder["coco/_annotations.coco.json"], folder["coco/more.json"]);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadSegmentation(folder["coco"])).Message, "name one");
        CollectionAssert.AreEqual(new[] { "_annotations.coco.json", "more.json" }, _ml.Data.CheckSegmentation(folder["coco"]).Splits.Select(split => split.Name).ToArray());
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadSegmentation(folder["boxes/a.json"])).Message, "LoadFromCocoBoxes");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadFromCocoInstances(folder["vott/a.json"], folder.Path)).Message, "VoTT");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadSegmentation(folder["yolo/images/train/a.png"])).Message, "none of the known forms");
    }

    [TestMethod]
    public void LoadSegmentation_PathThatIsNot_SaysSo()
    {
        using var folder = new TemporaryFolder();
        FileNotFoundException error = Assert.ThrowsExactly<FileNotFoundException>(() => _ml.Data.LoadSegmentation(folder["panopti.json"]));
        Assert.StartsWith("There is no file or folder", error.Message);
    }

    [TestMethod]
    public void LoadSegmentation_FolderWithFilesOfTwoForms_AsksForOne()
    {
        string folder = Path.Combine(Goldens.RepositoryFolder(), "datasets", "shape-scenes", "train");
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadSegmentation(folder));
        Assert.Contains("instances.json, panoptic.json", error.Message);
        Assert.Contains("name one", error.Message);
    }

    [TestMethod]
    public void LoadSegmentation_FolderOfClasses_SaysWhatItIsFor() => Assert.Contains(
        "as for a classification",
        Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadSegmentation(Path.Combine(Goldens.RepositoryFolder(), "datasets", "digits", "test"))).Message);

    [TestMethod]
    public void CheckSegmentation_SeveralSplitsWithBadRecords_PrintsThem()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["data.yaml"], "names: [cat, dog]\ntrain: images/train\nval: images/val\ntest: images/test\n");
        Picture(folder["images/train/a.png"]);
        Picture(folder["images/train/b.png"]);
        File.WriteAllBytes(folder["images/train/c.png"], [1]);
        Picture(folder["images/val/d.png"]);
        File.WriteAllText(folder["labels/train/a.txt"], "0 0 0 0.5 0 0.5 0.5 0 0.5\n9 0 0 0.5 0 0.5 0.5 0 0.5\n0 0.5 0.5 1 0.5 1 1 0.5 1\n");
        AnnotationCheck check = _ml.Data.CheckSegmentation(folder.Path);
        CollectionAssert.AreEqual(new[] { ("train", 2L, 1L, 1L, 1L), ("val", 1L, 1L, 0L, 0L), ("test", 0L, 0L, 1L, 0L) },
            check.Splits.Select(split => (split.Name, split.Images, split.EmptyImages, split.BadRecords, split.BadAnnotations)).ToArray());
        Assert.IsFalse(check.IsClean);
        Assert.AreEqual(new ClassFigures("cat", true, 2, 0, 1, 1200), check.Splits[0].Classes[0]);
        string text = $"{check}";
        foreach (string part in new[] { "YOLO", "train", "unreadable pictures", "mean area", "60×40 (2)", "left out: c.png: ", "annotation left out: a.png: line 2", "left out: test: " })
        {
            StringAssert.Contains(text, part);
        }
    }

    [TestMethod]
    [DataRow("\"segmentation\":[]", AnnotationForm.CocoBoxes)]
    [DataRow("\"segmentation\":[[]]", AnnotationForm.CocoBoxes)]
    [DataRow("\"segmentation\":null", AnnotationForm.CocoBoxes)]
    [DataRow("\"segmentation\":[[1,1,9,1,9,9]]", AnnotationForm.CocoInstances)]
    public void Recognise_CocoWhoseFirstAnnotationsHaveNoMask_LooksAtFurtherOnes(string last, AnnotationForm expected)
    {
        using var folder = new TemporaryFolder();
        const string Box = """{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,5,5],"segmentation":[]}""";
        File.WriteAllText(folder["i.json"], $$"""{"images":[{"id":1,"file_name":"a.png","height":40,"width":60}],"categories":[{"id":1,"name":"cat"}],"annotations":[{{Box}},{{Box[..^18]}}{{last}}}]}""");
        Assert.AreEqual(expected, AnnotationForms.Recognise(folder["i.json"])!.Value.Form);
    }

    [TestMethod]
    [DataRow("i.json", "{\"images\":[],\"annotations\":[", "not valid JSON")]
    [DataRow("a.xml", "<annotation><object></annotation>", "not valid XML")]
    [DataRow("data.yaml", "train: images\n", "names")]
    public void Open_BrokenFile_SaysWhatIsWrongAndNotThatItsFormIsUnknown(string name, string text, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[name], text);
        string message = Assert.ThrowsExactly<InvalidDataException>(() => AnnotationForms.Open(folder[name], null, null, out _)).Message;
        Assert.IsTrue(message.Contains(expected, StringComparison.Ordinal) && !message.Contains("none of the known forms", StringComparison.Ordinal), message);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => AnnotationForms.Open(folder.Path, null, null, out _)).Message, expected);
    }

    [TestMethod]
    [DataRow("a", "a.png")]
    [DataRow("before.jpg", "a.png")]
    [DataRow("a.jpg", "a.png")]
    [DataRow("", "a.png")]
    [DataRow("frame.0001", "frame.0001.jpg")]
    public void LoadFromVocBoxes_NameThatIsNotThere_IsThatOfTheAnnotations(string stated, string picture)
    {
        using var folder = new TemporaryFolder();
        Picture(folder["JPEGImages/" + picture]);
        File.WriteAllText(folder["Annotations/a.xml"], Xml(stated, "True"));
        Boxes row = Rows(_ml.Data.LoadFromVocBoxes(folder["Annotations"])).Single();
        Assert.AreEqual(folder["JPEGImages/" + picture], row.Image);
        Assert.IsTrue(row.IsCrowd.Single());
    }

    [TestMethod]
    public void LoadFromVocBoxes_DeepElements_AreRefusedAtOnce()
    {
        using var folder = new TemporaryFolder();
        Picture(folder["JPEGImages/a.png"]);
        File.WriteAllText(folder["Annotations/a.xml"], Xml("a.png", "0"));
        const int Depth = 300_000;
        File.WriteAllText(folder["Annotations/b.xml"], Xml("a.png", string.Concat(Enumerable.Repeat("<a>", Depth)) + string.Concat(Enumerable.Repeat("</a>", Depth))));
        var found = new List<BadRecord>();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.HasCount(1, Rows(_ml.Data.LoadFromVocBoxes(folder["Annotations"], options: new SegmentationLoadOptions { BadRecordFound = found.Add })));
        StringAssert.Contains(found.Single().ToString(), "b.xml");
        Assert.IsLessThan(20, watch.Elapsed.TotalSeconds);
    }

    private static string Xml(string name, string difficult) =>
        $"<annotation><filename>{name}</filename><object><name>cat</name><difficult>{difficult}</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>10</xmax><ymax>5</ymax></bndbox></object></annotation>";

    private Boxes[] Rows(IDataView data) => [.. _ml.Data.CreateEnumerable<Boxes>(data, reuseRowObject: false)];

    private static void Picture(string path) => File.WriteAllBytes(path, PngWriter.Write(60, 40, 8, PngWriter.Grey, new byte[2400]));
}
