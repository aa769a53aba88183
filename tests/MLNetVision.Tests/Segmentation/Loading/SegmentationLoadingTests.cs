using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Masks;
using MLNetVision.Segmentation;
using MLNetVision.Segmentation.Saving;
using MLNetVision.Tests.Imaging.Pictures.Decoding;
using MLNetVision.Tests.Support;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Tests.Segmentation.Loading;

[TestClass]
public sealed class SegmentationLoadingTests : LoadedRows
{
    private static readonly string Scenes = Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test");

    private string _folder = string.Empty;

    [TestInitialize]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("mlnetvision-loading-").FullName;

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    private Row[] Rows(IDataView data) => [.. Ml.Data.CreateEnumerable<Row>(data, reuseRowObject: false)];

    [TestMethod]
    public void LoadFromCocoPanoptic_OwnScenes_SegmentsCoverEachImageOnce()
    {
        foreach (Row row in Rows(Ml.Data.LoadFromCocoPanoptic(Path.Combine(Scenes, "panoptic.json"), Path.Combine(Scenes, "images"))))
        {
            RunLengthMask[] masks = [.. row.Masks.Select((_, i) => row.Mask(i))];
            Assert.AreEqual((long)row.ImageSize[0] * row.ImageSize[1], masks.Sum(mask => mask.Area));
            Assert.AreEqual(masks.Sum(mask => mask.Area), RunLengthMask.Union(masks).Area, "segments overlap");
            Assert.HasCount(4 * masks.Length, row.BoundingBoxes);
        }
    }

    [TestMethod]
    public void LoadFromCocoInstances_OwnScenes_HasTheThingsOfThePanopticFile()
    {
        Row[] panoptic = Rows(Ml.Data.LoadFromCocoPanoptic(Path.Combine(Scenes, "panoptic.json"), Path.Combine(Scenes, "images")));
        Row[] instances = Rows(Ml.Data.LoadFromCocoInstances(Path.Combine(Scenes, "instances.json"), Path.Combine(Scenes, "images")));
        Assert.HasCount(panoptic.Length, instances);
        foreach ((Row whole, Row things) in panoptic.Zip(instances))
        {
            (uint, string)[] expected = [.. whole.Label.Zip(whole.Masks).Where(segment => segment.First <= 10)];
            CollectionAssert.AreEquivalent(expected, things.Label.Zip(things.Masks).ToArray());
        }
    }

    [TestMethod]
    public void LoadFromSemanticMasks_OwnScenes_HasTheUnionOfEachClass()
    {
        string[] classes = [.. Enumerable.Range(1, 14).Select(i => $"class {i}")];
        IDataView data = Ml.Data.LoadFromSemanticMasks(
            Path.Combine(Scenes, "images"), Path.Combine(Scenes, "semantic"), classes, new SemanticMaskOptions { FirstIndex = 1 });
        Row[] panoptic = Rows(Ml.Data.LoadFromCocoPanoptic(Path.Combine(Scenes, "panoptic.json"), Path.Combine(Scenes, "images")));
        foreach ((Row semantic, Row whole) in Rows(data).Zip(panoptic))
        {
            for (int i = 0; i < semantic.Label.Length; i++)
            {
                RunLengthMask[] parts = [.. Enumerable.Range(0, whole.Label.Length).Where(j => whole.Label[j] == semantic.Label[i]).Select(whole.Mask)];
                Assert.AreEqual(RunLengthMask.Union(parts), semantic.Mask(i));
            }
        }
    }

    [TestMethod]
    [DataRow(4294967301)] // 5 in the 32 bits of an int
    [DataRow(16777216)]
    [DataRow(0)]
    [DataRow(-5)]
    public void LoadFromCocoPanoptic_IdThatNoColourHas_IsRefusedWithFileAndRecord(long id)
    {
        string file = Write("panoptic.json", $$"""
            {"images": [{"id": 7, "file_name": "a.png", "height": 1, "width": 2}], "categories": [{"id": 1, "name": "cat", "isthing": 1}],
             "annotations": [{"image_id": 7, "file_name": "a.png", "segments_info": [{"id": {{id}}, "category_id": 1}]}]}
            """);
        Directory.CreateDirectory(Path.Combine(_folder, "panoptic"));
        File.WriteAllBytes(Path.Combine(_folder, "panoptic", "a.png"), PngWriter.Write(2, 1, 8, PngWriter.Rgb, [5, 0, 0, 5, 0, 0]));
        IDataView data = Ml.Data.LoadFromCocoPanoptic(
            file, _folder, options: new SegmentationLoadOptions { RequireImages = false, BadRecords = BadRecordPolicy.Throw });
        string message = Assert.ThrowsExactly<InvalidDataException>(() => Rows(data)).Message;
        StringAssert.Contains(message, file);
        StringAssert.Contains(message, "image 7");
        StringAssert.Contains(message, $"has the id {id},");
    }

    [TestMethod]
    public void LoadFromCocoPanoptic_Schema_NamesClassesAndThings()
    {
        IDataView data = Ml.Data.LoadFromCocoPanoptic(Path.Combine(Scenes, "panoptic.json"), Path.Combine(Scenes, "images"));
        DataViewSchema.Column label = data.Schema[SegmentationColumns.Label];
        VBuffer<ReadOnlyMemory<char>> names = default;
        label.GetKeyValues(ref names);
        VBuffer<bool> things = default;
        label.Annotations.GetValue(SegmentationColumns.IsThing, ref things);
        Assert.AreEqual("stripes", names.GetItemOrDefault(10).ToString());
        CollectionAssert.AreEqual(Enumerable.Range(0, 14).Select(i => i < 10).ToArray(), things.DenseValues().ToArray());
    }

    [TestMethod]
    public void LoadFromCocoInstances_PolygonsRunLengthsAndCrowd_AreRead()
    {
        string file = Write("coco.json", """
            {"images": [{"id": 7, "file_name": "a.png", "height": 4, "width": 6}],
             "annotations": [
              {"id": 1, "image_id": 7, "category_id": 3, "iscrowd": 0, "area": 5.5, "bbox": [1, 1, 2, 2], "segmentation": [[1, 1, 3, 1, 3, 3, 1, 3]]},
              {"id": 2, "image_id": 7, "category_id": 90, "iscrowd": 1, "segmentation": {"size": [4, 6], "counts": [4, 4, 16]}}],
             "categories": [{"id": 90, "name": "sky", "isthing": 0}, {"id": 3, "name": "cat"}]}
            """);
        Row row = Rows(Ml.Data.LoadFromCocoInstances(file, _folder, new SegmentationLoadOptions { RequireImages = false })).Single();
        Assert.AreEqual(7, row.ImageId);
        CollectionAssert.AreEqual(new uint[] { 1, 2 }, row.Label);
        Assert.AreEqual(RunLengthMask.FromPolygon([1, 1, 3, 1, 3, 3, 1, 3], 4, 6), row.Mask(0));
        Assert.AreEqual(4, row.Mask(1).Area);
        CollectionAssert.AreEqual(new[] { 1f, 1, 3, 3, 1, 0, 2, 4 }, row.BoundingBoxes);
        CollectionAssert.AreEqual(new[] { 5.5, 4 }, row.Area);
        CollectionAssert.AreEqual(new[] { false, true }, row.IsCrowd);
    }

    [TestMethod]
    [DataRow("""{"id": 5, "image_id": 1, "category_id": 8, "segmentation": [[0,0,2,0,2,2]]}""", "annotation 5: category 8")]
    [DataRow("""{"id": 5, "image_id": 1, "category_id": 1, "segmentation": [[0,0,2,0,2]]}""", "annotation 5")]
    [DataRow("""{"id": 5, "image_id": 1, "category_id": 1, "segmentation": {"size": [9, 9], "counts": [81]}}""", "size")]
    [DataRow("""{"id": 5, "image_id": 1, "category_id": 1}""", "'segmentation' is missing")]
    [DataRow("""{"id": 5, "image_id": 1, "category_id": 1, "bbox": [1, 2], "segmentation": [[0,0,2,0,2,2]]}""", "'bbox'")]
    [DataRow("""{"id": 5, "image_id": 77, "category_id": 1, "segmentation": [[0,0,2,0,2,2]]}""", "image 77")]
    public void LoadFromCocoInstances_BadAnnotation_IsReportedAndTheRestIsRead(string annotation, string expected)
    {
        string file = Write("coco.json", $$"""
            {"images": [{"id": 1, "file_name": "a.png", "height": 4, "width": 6}, {"id": 2, "file_name": "b.png", "height": 4, "width": 6}],
             "annotations": [{{annotation}}], "categories": [{"id": 1, "name": "cat"}]}
            """);
        var bad = new List<BadRecord>();
        var log = new List<string>();
        Ml.Log += (_, e) => log.Add(e.Message);
        Row[] rows = Rows(Ml.Data.LoadFromCocoInstances(file, _folder, new SegmentationLoadOptions { RequireImages = false, BadRecordFound = bad.Add }));
        Assert.IsTrue(rows.Any(row => row.ImageId == 2));
        StringAssert.Contains(bad.Single().ToString(), expected);
        Assert.IsTrue(log.Any(message => message.Contains(expected, StringComparison.Ordinal)));

        IDataView strict = Ml.Data.LoadFromCocoInstances(file, _folder, new SegmentationLoadOptions { RequireImages = false, BadRecords = BadRecordPolicy.Throw });
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Rows(strict)).Message, expected);
    }

    [TestMethod]
    [DataRow("[]")]
    [DataRow("{")]
    [DataRow("")]
    [DataRow("""{"images": [], "annotations": []}""")]
    [DataRow("""{"images": [], "annotations": [], "categories": []}""")]
    [DataRow("""{"images": [], "annotations": [], "categories": [{"id": 1}]}""")]
    public void LoadFromCocoInstances_BrokenFile_IsNamedAtOnce(string json)
    {
        string file = Write("coco.json", json);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Ml.Data.LoadFromCocoInstances(file, _folder)).Message, file);
    }

    [TestMethod]
    public void LoadFromCocoInstances_MissingPicture_IsReportedAndAnErrorWithoutAnother()
    {
        string file = Write("coco.json", """
            {"images": [{"id": 1, "file_name": "nowhere.png", "height": 4, "width": 6}, {"id": 2, "file_name": "coco.json", "height": 4, "width": 6}],
             "annotations": [], "categories": [{"id": 1, "name": "cat"}]}
            """);
        var bad = new List<BadRecord>();
        Assert.AreEqual(2, Rows(Ml.Data.LoadFromCocoInstances(file, _folder, new SegmentationLoadOptions { BadRecordFound = bad.Add })).Single().ImageId);
        StringAssert.Contains(bad.Single().Reason, "nowhere.png");

        string alone = Write("alone.json", """{"images": [{"id": 1, "file_name": "nowhere.png", "height": 4, "width": 6}], "annotations": [], "categories": [{"id": 1, "name": "cat"}]}""");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Rows(Ml.Data.LoadFromCocoInstances(alone, _folder))).Message, "nowhere.png");
    }

    [TestMethod]
    public void LoadFromSemanticMasks_PaletteWithIgnoredPixels_UsesIndices()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "images"));
        Directory.CreateDirectory(Path.Combine(_folder, "masks"));
        File.WriteAllBytes(Path.Combine(_folder, "images", "a.png"), [1]);
        File.WriteAllBytes(Path.Combine(_folder, "masks", "a_ids.png"), PngLabelsTests.Encode(3, 2, colour: 3, bits: 8, filter: 0, [0, 1, 255, 1, 1, 255]));
        Row row = Rows(Ml.Data.LoadFromSemanticMasks(
            Path.Combine(_folder, "images"), Path.Combine(_folder, "masks"), ["road", "car"], new SemanticMaskOptions { MaskSuffix = "_ids" })).Single();
        CollectionAssert.AreEqual(new uint[] { 1, 2 }, row.Label);
        CollectionAssert.AreEqual(new double[] { 1, 3 }, row.Area);
    }

    [TestMethod]
    public void LoadFromSemanticMasks_ValueWithoutClass_IsReportedWithTheValue()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "images"));
        File.WriteAllBytes(Path.Combine(_folder, "images", "a.png"), [1]);
        Directory.CreateDirectory(Path.Combine(_folder, "masks"));
        File.WriteAllBytes(Path.Combine(_folder, "masks", "a.png"), PngLabelsTests.Encode(2, 1, colour: 0, bits: 8, filter: 0, [0, 9]));
        IDataView data = Ml.Data.LoadFromSemanticMasks(
            Path.Combine(_folder, "images"), Path.Combine(_folder, "masks"), ["road"], options: new SegmentationLoadOptions { BadRecords = BadRecordPolicy.Throw });
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Rows(data)).Message, "value 9");
    }

    [TestMethod]
    public void LoadFromVott_PolygonAndRectangle_AreRead()
    {
        string file = Write("vott.json", """
            {"tags": [{"name": "cat", "color": "#fff"}, {"name": "dog"}], "assets": {"x1": {
              "asset": {"id": "x1", "name": "my%20cat.png", "size": {"width": 6, "height": 4}},
              "regions": [{"tags": ["dog"], "type": "RECTANGLE", "boundingBox": {"left": 1, "top": 1, "width": 2, "height": 2}, "points": []},
                          {"tags": ["cat"], "type": "POLYGON", "points": [{"x": 0, "y": 0}, {"x": 4, "y": 0}, {"x": 4, "y": 4}]}]}}}
            """);
        Row row = Rows(Ml.Data.LoadFromVott(file, options: new SegmentationLoadOptions { RequireImages = false })).Single();
        Assert.AreEqual(Path.Combine(_folder, "my cat.png"), row.Image);
        CollectionAssert.AreEqual(new uint[] { 2, 1 }, row.Label);
        Assert.AreEqual(RunLengthMask.FromBox(new BoundingBox(1, 1, 2, 2), 4, 6), row.Mask(0));
    }

    [TestMethod]
    public void LoadFromLabelme_GroupsAndShapes_AreRead()
    {
        Write("a.json", """
            {"imagePath": "a.png", "imageHeight": 40, "imageWidth": 60, "shapes": [
              {"label": "cat", "group_id": 1, "shape_type": "rectangle", "points": [[10, 10], [1, 1]]},
              {"label": "cat", "group_id": 1, "shape_type": "rectangle", "points": [[20, 20], [30, 30]]},
              {"label": "ball", "group_id": null, "shape_type": "circle", "points": [[30, 20], [30, 30]]}]}
            """);
        Write("b.json", "{ broken");
        var bad = new List<BadRecord>();
        Row row = Rows(Ml.Data.LoadFromLabelme(_folder, new SegmentationLoadOptions { RequireImages = false, BadRecordFound = bad.Add })).Single();
        CollectionAssert.AreEqual(new uint[] { 2, 1 }, row.Label);
        Assert.AreEqual(81 + 100, row.Mask(0).Area);
        Assert.AreEqual(Math.PI * 100, row.Mask(1).Area, 8);
        Assert.AreEqual("b.json", bad.Single().Name);
    }

    [TestMethod]
    public void SaveToCocoPanoptic_OwnScenes_LoadsBackEqual()
    {
        IDataView data = Ml.Data.TakeRows(Ml.Data.LoadFromCocoPanoptic(Path.Combine(Scenes, "panoptic.json"), Path.Combine(Scenes, "images")), 8);
        string file = Path.Combine(_folder, "again.json");
        Ml.Data.SaveToCocoPanoptic(data, file);
        AssertEqualRows(Rows(data), Rows(Ml.Data.LoadFromCocoPanoptic(file, Path.Combine(Scenes, "images"))));
    }

    [TestMethod]
    public void SaveToCocoInstances_OwnScenes_LoadsBackEqual()
    {
        IDataView data = Ml.Data.LoadFromCocoInstances(Path.Combine(Scenes, "instances.json"), Path.Combine(Scenes, "images"));
        string file = Path.Combine(_folder, "again.json");
        Ml.Data.SaveToCocoInstances(data, file);
        AssertEqualRows(Rows(data), Rows(Ml.Data.LoadFromCocoInstances(file, Path.Combine(Scenes, "images"))));
        CollectionAssert.AreEqual(new[] { file }, Directory.GetFiles(_folder));
    }

    [TestMethod]
    public void SaveToCocoPanoptic_OverlappingSegments_NamesTheImageAndLeavesNoFile()
    {
        string file = Write("coco.json", """
            {"images": [{"id": 7, "file_name": "a.png", "height": 4, "width": 6}],
             "annotations": [
              {"id": 1, "image_id": 7, "category_id": 3, "segmentation": [[1, 1, 3, 1, 3, 3, 1, 3]]},
              {"id": 2, "image_id": 7, "category_id": 3, "segmentation": [[1, 1, 3, 1, 3, 3, 1, 3]]}],
             "categories": [{"id": 3, "name": "cat"}]}
            """);
        IDataView data = Ml.Data.LoadFromCocoInstances(file, _folder, new SegmentationLoadOptions { RequireImages = false });
        string target = Path.Combine(_folder, "panoptic.json");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Ml.Data.SaveToCocoPanoptic(data, target)).Message, "Image 7");
        CollectionAssert.AreEqual(new[] { file }, Directory.GetFiles(_folder));
    }

    [TestMethod]
    public void SaveToCoco_RowsThatWouldShareAFileOrAnId_AreRefusedAndNothingIsOverwritten()
    {
        string pictures = Path.Combine(_folder, "pictures");
        IDataView SameName(long second) => Saved(("a/1.jpg", 1), ("b/1.jpg", second));
        Refused(SameName(2), null, "file name '1.jpg'", "Row 0", "Row 1");
        Refused(SameName(1), pictures, "image id 1", "Row 0", "Row 1");
        Refused(Saved(("1.jpg", 1), ("1.png", 2)), null, "'1.png'");
        Refused(Saved(("../elsewhere/1.jpg", 1)), pictures, "outside of the image folder");
        Ml.Data.SaveToCocoPanoptic(SameName(2), Path.Combine(_folder, "good.json"), options: new AnnotationSaveOptions { ImageFolder = pictures });
        Assert.IsTrue(File.Exists(Path.Combine(_folder, "good", "b", "1.png")));

        IDataView Saved(params (string Name, long Id)[] rows) => Keys(rows.Select(row => new SegmentedImage
        {
            Image = Path.Combine(pictures, row.Name), ImageId = row.Id, ImageSize = [4, 6], Label = ["cat"], IsCrowd = [false], Area = [0], Masks = [RunLengthMask.FromRowMajor(new byte[24], 4, 6).ToCompressed()],
        }));

        void Refused(IDataView data, string? imageFolder, params string[] words)
        {
            string file = Path.Combine(_folder, "bad.json");
            string message = Assert.ThrowsExactly<InvalidDataException>(() => Ml.Data.SaveToCocoPanoptic(data, file, options: new AnnotationSaveOptions { ImageFolder = imageFolder })).Message;
            Assert.IsTrue(words.All(word => message.Contains(word, StringComparison.Ordinal)), message);
            Assert.IsFalse(File.Exists(file));
        }
    }

    [TestMethod]
    public void SaveToCoco_BrokenMask_NamesRowColumnAndMask()
    {
        IDataView data = Keys([new SegmentedImage { Image = "1.jpg", ImageId = 1, ImageSize = [4, 6], Label = ["cat"], IsCrowd = [false], Area = [0], Masks = ["no run lengths"] }]);
        string message = Assert.ThrowsExactly<InvalidDataException>(() => Ml.Data.SaveToCocoInstances(data, Path.Combine(_folder, "bad.json"))).Message;
        Assert.IsTrue(new[] { "Row 0", "'Masks'", "mask 0" }.All(word => message.Contains(word, StringComparison.Ordinal)), message);
    }

    [TestMethod]
    public void SaveToCoco_BrokenSize_NamesRowColumnAndValues()
    {
        IDataView data = Keys([new SegmentedImage { Image = "1.jpg", ImageId = 1, ImageSize = [-4, 6], Label = ["cat"], IsCrowd = [false], Area = [0], Masks = ["0"] }]);
        string message = Assert.ThrowsExactly<InvalidDataException>(() => Ml.Data.SaveToCocoInstances(data, Path.Combine(_folder, "bad.json"))).Message;
        Assert.IsTrue(new[] { "Row 0", "'ImageSize'", "-4, 6" }.All(word => message.Contains(word, StringComparison.Ordinal)), message);
    }

    private IDataView Keys(IEnumerable<SegmentedImage> rows)
    {
        IDataView data = Ml.Data.LoadFromEnumerable(rows);
        return Ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private static void AssertEqualRows(Row[] expected, Row[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        foreach ((Row want, Row have) in expected.Zip(actual))
        {
            Assert.AreEqual((want.Image, want.ImageId), (have.Image, have.ImageId));
            CollectionAssert.AreEqual(want.ImageSize, have.ImageSize);
            CollectionAssert.AreEqual(want.Label, have.Label);
            CollectionAssert.AreEqual(want.Masks, have.Masks);
            CollectionAssert.AreEqual(want.BoundingBoxes, have.BoundingBoxes);
            CollectionAssert.AreEqual(want.Area, have.Area);
        }
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
