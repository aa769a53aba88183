using System.Text;
using Microsoft.ML;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Tests.Support;
using SkiaSharp;

namespace MLNetVision.Tests.Segmentation.Loading;

/// <summary>Files as people have them, made here: the rule, where tests/cases holds examples.</summary>
[TestClass]
public sealed class PeopleTests
{
    private const string Square = "[[10,10,20,10,20,20,10,20]]";

    private readonly MLContext _ml = new(seed: 1);

    /// <summary>A picture of 6 × 4 stored in each of EXIF's orientations, with a mask of one pixel made for it upright and as stored.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(6)]
    [DataRow(7)]
    [DataRow(8)]
    public void Load_PictureOfAnyOrientation_HasItsMasksInThePixelsThatAreAskedFor(int orientation)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = Jpeg(6, 4, orientation);
        File.WriteAllBytes(folder["a.jpg"], bytes);
        PictureTurn turn = PictureTurn.Upright((SKEncodedOrigin)orientation);
        (int width, int height) = turn.Size(6, 4);
        Assert.AreEqual((width, height), (ImageDecoder.Decode(bytes, ExifOrientation.Apply).Width, ImageDecoder.Decode(bytes, ExifOrientation.Apply).Height));

        // The pixel (1, 2) upright, and where it is stored.
        (int storedX, int storedY) = turn.Source(1, 2, 6, 4);
        RunLengthMask upright = Pixel(1, 2, height, width);
        RunLengthMask stored = Pixel(storedX, storedY, 4, 6);
        bool tells = (width, height) != (6, 4);
        AssertMask(upright, Load(upright, ExifOrientation.Apply, out string said), said, expectsRemark: false);
        AssertMask(stored, Load(stored, ExifOrientation.Ignore, out said), said, expectsRemark: false);
        if (tells)
        {
            AssertMask(upright, Load(stored, ExifOrientation.Apply, out said), said, expectsRemark: true);
            AssertMask(stored, Load(upright, ExifOrientation.Ignore, out said), said, expectsRemark: true);
        }

        Row Load(RunLengthMask mask, ExifOrientation wanted, out string reported)
        {
            File.WriteAllText(folder["a.json"], $$"""
                {"images":[{"id":1,"file_name":"a.jpg","width":{{mask.Width}},"height":{{mask.Height}}}],"categories":[{"id":1,"name":"a"}],
                 "annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":{"size":[{{mask.Height}},{{mask.Width}}],"counts":"{{mask.ToCompressed().Replace("\\", "\\\\")}}"} }]}
                """);
            (Row[] rows, BadRecord[] bad) = Rows(options => _ml.Data.LoadFromCocoInstances(folder["a.json"], folder.Path, options), orientation: wanted);
            reported = string.Join("; ", bad.Select(record => $"{record.Kind} {record}"));
            return rows.Single();
        }

        static void AssertMask(RunLengthMask expected, Row row, string said, bool expectsRemark)
        {
            Assert.AreEqual(expected, RunLengthMask.FromCompressed(row.Masks[0], row.ImageSize[0], row.ImageSize[1]), said);
            BoundingBox box = expected.Box;
            CollectionAssert.AreEqual(new[] { (float)box.X, (float)box.Y, (float)box.Right, (float)box.Bottom }, row.BoundingBoxes);
            Assert.AreEqual(expectsRemark, said.StartsWith("Remark", StringComparison.Ordinal), said);
        }
    }

    [TestMethod]
    public void Load_PictureOfAnotherSize_IsLeftOutWithBothSizes()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.jpg"], Jpeg(6, 4, 6));
        File.WriteAllBytes(folder["b.jpg"], Jpeg(60, 40, 1));
        (Row[] rows, BadRecord[] bad) = Coco(folder, Images("a.jpg", "b.jpg"), Annotation(1), Annotation(2));
        Assert.AreEqual(2, rows.Single().ImageId);
        StringAssert.Contains(bad.Single().Reason, "4×6");
        StringAssert.Contains(bad.Single().Reason, "60×40");
    }

    [TestMethod]
    [DataRow("1", "1.0")]
    [DataRow("\"1\"", "1")]
    [DataRow("1", "\"1\"")]
    [DataRow("1e0", "1")]
    [DataRow("\"b\"", "\"b\"")]
    [DataRow("\"01\"", "\"01\"")]
    public void LoadFromCoco_IdsOfAnySpelling_FindEachOther(string id, string reference)
    {
        using var folder = new TemporaryFolder();
        (Row[] rows, BadRecord[] bad) = Coco(folder, $$"""{"id":{{id}},"file_name":"a.png","width":60,"height":40}""",
            $$"""{"id":1,"image_id":{{reference}},"category_id":1.0,"iscrowd":0.0,"area":null,"bbox":null,"segmentation":{{Square}}}""");
        Assert.HasCount(1, rows.Single().Label);
        Assert.AreEqual(1, rows.Single().ImageId);
        Assert.IsEmpty(bad);
    }

    [TestMethod]
    [DataRow("1.5")]
    [DataRow("null")]
    [DataRow("[1]")]
    [DataRow("NaN")]
    [DataRow("\"01\"")]
    public void LoadFromCoco_AnnotationOfNoImage_IsReportedAndNotAPictureWithoutObjects(string reference)
    {
        using var folder = new TemporaryFolder();
        (Row[] rows, BadRecord[] bad) = Coco(folder, Images("a.png", "b.png"),
            Annotation(1), $$"""{"id":7,"image_id":{{reference}},"category_id":1,"segmentation":{{Square}}}""");
        Assert.HasCount(2, rows);
        StringAssert.Contains(bad.Single().Reason, "not among the images");
    }

    [TestMethod]
    [DataRow("\"area\":NaN")]
    [DataRow("\"area\":-Infinity")]
    [DataRow("\"area\":null")]
    [DataRow("\"area\":\"big\"")]
    [DataRow("\"bbox\":[NaN,1,2,3]")]
    [DataRow("\"bbox\":[]")]
    [DataRow("\"bbox\":null")]
    [DataRow("\"iscrowd\":null")]
    [DataRow("\"note\":NaN")]
    public void LoadFromCoco_FieldThatNothingNeeds_CostsNoObject(string field)
    {
        using var folder = new TemporaryFolder();
        (Row[] rows, BadRecord[] bad) = Coco(folder, Images("a.png"), $$"""{"id":7,"image_id":1,"category_id":1,{{field}},"segmentation":{{Square}}}""");
        Assert.AreEqual(100, rows.Single().Area.Single());
        CollectionAssert.AreEqual(new[] { 10f, 10, 20, 20 }, rows.Single().BoundingBoxes);
        Assert.IsTrue(bad.All(record => record.Kind == BadRecordKind.Remark && record.Reason.Contains("annotation 7", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow("[]")]
    [DataRow("[[]]")]
    [DataRow("[[1,1]]")]
    [DataRow("[[1,1,5,5]]")]
    [DataRow("[[100,100,200,100,200,200]]")]
    [DataRow("null")]
    [DataRow("{}")]
    [DataRow("[[NaN,1,2,3,4,5]]")]
    public void LoadFromCoco_UselessAnnotation_CostsItselfAlone(string segmentation)
    {
        using var folder = new TemporaryFolder();
        string useless = $$"""{"id":7,"image_id":1,"category_id":1,"segmentation":{{segmentation}}}""";
        (Row[] rows, BadRecord[] bad) = Coco(folder, Images("a.png"), Annotation(1), useless);
        Assert.HasCount(1, rows.Single().Label);
        Assert.AreEqual(BadRecordKind.Annotation, bad.Single().Kind);
        StringAssert.Contains(bad.Single().ToString(), "image 1: annotation 7");

        // A picture whose only annotation is useless would be learned as one without objects.
        (rows, bad) = Coco(folder, Images("a.png", "b.png"), useless);
        Assert.AreEqual(2, rows.Single().ImageId);
        Assert.AreEqual(BadRecordKind.Record, bad.Single().Kind);
    }

    [TestMethod]
    public void LoadFromCoco_Polygons_NeedNoListOfTheirOwnAndMayHaveStraysBeside()
    {
        using var folder = new TemporaryFolder();
        (Row[] rows, _) = Coco(folder, Images("a.png"),
            """{"id":1,"image_id":1,"category_id":1,"segmentation":[10,10,20,10,20,20,10,20]}""",
            """{"id":2,"image_id":1,"category_id":1,"segmentation":[[1,1],[10,10,20,10,20,20,10,20],[3,3,4,4],[]]}""");
        CollectionAssert.AreEqual(new double[] { 100, 100 }, rows.Single().Area);
    }

    [TestMethod]
    [DataRow("utf-8", true)]
    [DataRow("utf-16", true)]
    [DataRow("utf-16", false)]
    [DataRow("utf-16BE", true)]
    [DataRow("utf-32", true)]
    public void Load_EncodingsWithMark_AreReadByEveryReader(string encoding, bool hasMark)
    {
        using var folder = new TemporaryFolder();
        Encoding code = Encoding.GetEncoding(encoding);
        void Write(string file, string text) => File.WriteAllBytes(folder[file], [.. hasMark ? code.GetPreamble() : [], .. code.GetBytes(text)]);
        Write("coco/ä.json", """{"images":[{"id":1,"file_name":"ä.png","width":60,"height":40}],"annotations":[],"categories":[{"id":1,"name":"ä"}]}""");
        Write("vott/a.json", """{"tags":[{"name":"ä"}],"assets":{"1":{"asset":{"name":"ä.png","size":{"width":60,"height":40}},"regions":[]}}}""");
        Write("labelme/a.json", """{"imagePath":"ä.png","imageWidth":60,"imageHeight":40,"shapes":[{"label":"ä","points":[[0,0],[5,0],[5,5]]}]}""");
        foreach (Func<SegmentationLoadOptions, IDataView> load in new Func<SegmentationLoadOptions, IDataView>[]
        {
            options => _ml.Data.LoadFromCocoInstances(folder["coco/ä.json"], folder.Path, options),
            options => _ml.Data.LoadFromVott(folder["vott/a.json"], folder.Path, options),
            options => _ml.Data.LoadFromLabelme(folder["labelme"], options),
        })
        {
            StringAssert.EndsWith(Rows(load).Rows.Single().Image, "ä.png");
        }
    }

    [TestMethod]
    [DataRow(new byte[] { 0xCD, 0xBC })] // two bytes of GBK
    [DataRow(new byte[] { 0x95, 0x5C })] // two bytes of Shift JIS, of which the second looks like a backslash
    [DataRow(new byte[] { 0xE9 })] // Latin
    [DataRow(new byte[] { 0x07 })] // a bare control character
    [DataRow(new[] { (byte)'\\', (byte)'u', (byte)'d', (byte)'8', (byte)'3', (byte)'d' })] // half a character
    public void Load_TextThatIsNone_CostsOneRecord(byte[] text)
    {
        using var folder = new TemporaryFolder();
        byte[] json = Encoding.UTF8.GetBytes($$"""{"images":[{{Images("@.png", "b.png")}}],"annotations":[{{Annotation(1)}},{{Annotation(2)}}],"categories":[{"id":1,"name":"a"}]}""");
        int at = Array.IndexOf(json, (byte)'@');
        File.WriteAllBytes(folder["a.json"], [.. json[..at], .. text, .. json[(at + 1)..]]);
        File.WriteAllBytes(folder["b.png"], PngWriter.Write(60, 40, 8, PngWriter.Grey, new byte[2400]));
        (Row[] rows, BadRecord[] bad) = Rows(options => _ml.Data.LoadFromCocoInstances(folder["a.json"], folder.Path, options), requireImages: true);
        Assert.AreEqual(2, rows.Single().ImageId);
        Assert.AreEqual("image 1", bad.Single().Name);
        string strict = Assert.ThrowsExactly<InvalidDataException>(() => Rows(
            options => _ml.Data.LoadFromCocoInstances(folder["a.json"], folder.Path, options), requireImages: true, policy: BadRecordPolicy.Throw)).Message;
        StringAssert.Contains(strict, folder["a.json"]);
        StringAssert.Contains(strict, "image 1");
    }

    [TestMethod]
    [DataRow("a.png", "a.png")]
    [DataRow("sub\\\\a.png", "sub/a.png")]
    [DataRow("my%20cat.png", "my cat.png")]
    [DataRow("my cat.png", "my%20cat.png")]
    [DataRow("a%b.png", "a%b.png")]
    [DataRow("A.JPG", "A.jpg")]
    [DataRow("a.jpg", "a.JPG")]
    [DataRow("a.png", "berlin/a.png")]
    public void Load_NameOfAnotherSystem_FindsItsPictureInEveryForm(string name, string file)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder[$"pictures/{file}"], PngWriter.Write(60, 40, 8, PngWriter.Grey, new byte[2400]));
        File.WriteAllText(folder["a.json"], $$"""{"images":[{{Images(name)}}],"annotations":[{{Annotation(1)}}],"categories":[{"id":1,"name":"a"}]}""");
        File.WriteAllText(folder["v.json"], $$"""{"tags":[{"name":"a"}],"assets":{"1":{"asset":{"name":"{{name}}"},"regions":[]} } }""");
        File.WriteAllText(folder["pictures/l.json"], $$"""{"imagePath":"{{name}}","shapes":[{"label":1,"points":[[0,0],[5,0],[5,5]]}]}""");
        foreach (Func<SegmentationLoadOptions, IDataView> load in new Func<SegmentationLoadOptions, IDataView>[]
        {
            options => _ml.Data.LoadFromCocoInstances(folder["a.json"], folder["pictures"], options),
            options => _ml.Data.LoadFromVott(folder["v.json"], folder["pictures"], options),
            options => _ml.Data.LoadFromLabelme(folder["pictures"], options),
        })
        {
            Row row = Rows(load, requireImages: true).Rows.Single();
            Assert.AreEqual(Path.GetFullPath(folder[$"pictures/{file}"]), Path.GetFullPath(row.Image));
            CollectionAssert.AreEqual(new[] { 40, 60 }, row.ImageSize);
        }
    }

    [TestMethod]
    public void LoadFromCoco_ImageWithAUrlAlone_IsTheFileOfItsLastPart()
    {
        using var folder = new TemporaryFolder();
        (Row[] rows, _) = Coco(folder, """{"id":1,"coco_url":"http://images.example.org/val/0001%20a.jpg?x=1","width":60,"height":40}""", Annotation(1));
        Assert.AreEqual(folder["0001 a.jpg"], rows.Single().Image);
    }

    [TestMethod]
    public void LoadFromCoco_RootOfAllCategories_IsNoClassUnlessAnAnnotationHasIt()
    {
        const string Categories = """{"id":0,"name":"animals","supercategory":"none"},{"id":1,"name":"cat","supercategory":"animals"},{"id":2,"name":"dog","supercategory":"animals"}""";
        using var folder = new TemporaryFolder();
        Assert.AreEqual(1u, Coco(folder, Images("a.png"), [Annotation(1)], Categories).Rows.Single().Label.Single());
        CollectionAssert.AreEqual(new uint[] { 2, 1 }, Coco(folder, Images("a.png"), [Annotation(1), Annotation(1).Replace("\"category_id\":1", "\"category_id\":0")], Categories).Rows.Single().Label);
    }

    [TestMethod]
    public void LoadFromCoco_FileOfTheOtherForm_SaysWhichLoaderReadsIt()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["i.json"], $$"""{"images":[{{Images("a.png")}}],"annotations":[{{Annotation(1)}}],"categories":[{"id":1,"name":"a"}]}""");
        File.WriteAllText(folder["p.json"], $$"""{"images":[{{Images("a.png")}}],"annotations":[{"image_id":1,"file_name":"a.png","segments_info":[]}],"categories":[{"id":1,"name":"a"}]}""");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadFromCocoPanoptic(folder["i.json"], folder.Path)).Message, "LoadFromCocoInstances");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadFromCocoInstances(folder["p.json"], folder.Path)).Message, "LoadFromCocoPanoptic");
    }

    [TestMethod]
    public void LoadFromLabelme_ShapesThatAreNone_CostThemselvesAlone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.json"], """
            {"imagePath":"a.png","imageWidth":60,"imageHeight":40,"shapes":[
             {"label":"cat","points":[[10,10],[20,10],[20,20],[10,20]],"shape_type":null,"group_id":null},
             {"label":"cat","points":[[1,1]],"shape_type":"polygon"},{"label":"cat","points":[],"shape_type":"polygon"},
             {"label":"cat","points":[[1,1],[2,2]],"shape_type":"cuboid"},{"label":null,"points":[[0,0],[9,0],[9,9]]},{"points":[[0,0],[9,0],[9,9]]},
             {"label":"cat","points":[[30,10],[40,10],[40,20],[30,20]],"shape_type":"rotation","direction":1.5},
             {"label":"ruler","points":[[1,1],[9,9],[12,1]],"shape_type":"linestrip"},{"label":"mark","points":[[3,3]],"shape_type":"point"}]}
            """);
        (Row[] rows, BadRecord[] bad) = Rows(options => _ml.Data.LoadFromLabelme(folder.Path, options));
        CollectionAssert.AreEqual(new double[] { 100, 100 }, rows.Single().Area);
        Assert.AreEqual(5, bad.Count(record => record.Kind == BadRecordKind.Annotation));
        Assert.AreEqual(2, bad.Count(record => record.Kind == BadRecordKind.Remark));
        Assert.IsTrue(bad.All(record => record.Name == "a.json"));
    }

    [TestMethod]
    public void LoadFromVott_RegionsThatAreNone_CostThemselvesAlone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["v.json"], """
            {"tags":[{"name":"cat"}],"assets":{"1":{"asset":{"name":"a.png","size":{"width":60,"height":40}},"regions":[
             {"id":"good","tags":["cat"],"boundingBox":{"left":10,"top":10,"width":10,"height":10}},
             {"id":"untagged","tags":[],"boundingBox":{"left":10,"top":10,"width":10,"height":10}},{"id":"other","tags":["dog"],"boundingBox":{"left":10,"top":10,"width":10,"height":10}},
             {"id":"spot","type":"POINT","tags":["cat"],"points":[{"x":1,"y":1}]}]} } }
            """);
        (Row[] rows, BadRecord[] bad) = Rows(options => _ml.Data.LoadFromVott(folder["v.json"], null, options));
        Assert.HasCount(1, rows.Single().Label);
        CollectionAssert.AreEqual(new[] { BadRecordKind.Annotation, BadRecordKind.Annotation, BadRecordKind.Remark }, bad.Select(record => record.Kind).ToArray());
    }

    [TestMethod]
    public void LoadFromSemanticMasks_ValuesWithoutClass_AreReportedOnceWithTheirShare()
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < 3; i++)
        {
            File.WriteAllBytes(folder[$"images/{i}.PNG"], PngWriter.Write(4, 1, 8, PngWriter.Grey, new byte[4]));
            File.WriteAllBytes(folder[$"masks/{i}.PNG.png"], PngWriter.Write(4, 1, 8, PngWriter.Grey, [0, 1, 7, 7]));
        }

        File.WriteAllBytes(folder["images/x.tif"], [1]);
        File.WriteAllBytes(folder["masks/x.png"], PngWriter.Write(4, 1, 8, PngWriter.Grey, new byte[4]));
        (Row[] rows, BadRecord[] bad) = Rows(options => _ml.Data.LoadFromSemanticMasks(folder["images"], folder["masks"], ["a", "b"], options: options));
        Assert.HasCount(3, rows);
        Assert.IsTrue(rows.All(row => row.Label.Length == 2));
        BadRecord value = bad.Single(record => record.Name == "value 7");
        StringAssert.Contains(value.Reason, "50 % of the pixels, in 3 label map(s)");
        StringAssert.Contains(bad.Single(record => record.Kind == BadRecordKind.Record).Reason, "x.tif");
        StringAssert.Contains(bad.Single(record => record.Name == folder["images"]).Reason, "x.tif");
    }

    private (Row[] Rows, BadRecord[] Bad) Coco(TemporaryFolder folder, string images, params string[] annotations) => Coco(folder, images, annotations, """{"id":1,"name":"a"}""");

    private (Row[] Rows, BadRecord[] Bad) Coco(TemporaryFolder folder, string images, string[] annotations, string categories)
    {
        File.WriteAllText(folder["coco.json"], $$"""{"images":[{{images}}],"annotations":[{{string.Join(',', annotations)}}],"categories":[{{categories}}]}""");
        return Rows(options => _ml.Data.LoadFromCocoInstances(folder["coco.json"], folder.Path, options));
    }

    private (Row[] Rows, BadRecord[] Bad) Rows(
        Func<SegmentationLoadOptions, IDataView> load, bool requireImages = false, BadRecordPolicy policy = BadRecordPolicy.Skip, ExifOrientation orientation = ExifOrientation.Apply)
    {
        var bad = new List<BadRecord>();
        IDataView data = load(new SegmentationLoadOptions { RequireImages = requireImages, BadRecords = policy, BadRecordFound = bad.Add, Orientation = orientation });
        Row[] rows = [.. _ml.Data.CreateEnumerable<Row>(data, reuseRowObject: false)];
        return (rows, [.. bad]);
    }

    private static string Images(params string[] names) => string.Join(',', names.Select((name, i) => $$"""{"id":{{i + 1}},"file_name":"{{name}}","width":60,"height":40}"""));

    private static string Annotation(int image) => $$"""{"id":{{image}},"image_id":{{image}},"category_id":1,"segmentation":{{Square}}}""";

    private static RunLengthMask Pixel(int x, int y, int height, int width)
    {
        byte[] pixels = new byte[height * width];
        pixels[y * width + x] = 1;
        return RunLengthMask.FromRowMajor(pixels, height, width);
    }

    private static byte[] Jpeg(int width, int height, int orientation)
    {
        using var bitmap = new SKBitmap(width, height);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        byte[] jpeg = data.ToArray();
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0, (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8,
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
        ];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }

    /// <summary>The row with keys as they are.</summary>
    private sealed class Row
    {
        public string Image { get; set; } = string.Empty;

        public long ImageId { get; set; }

        public int[] ImageSize { get; set; } = [];

        public uint[] Label { get; set; } = [];

        public string[] Masks { get; set; } = [];

        public float[] BoundingBoxes { get; set; } = [];

        public double[] Area { get; set; } = [];
    }
}
