using System.Globalization;
using System.Text;
using Microsoft.ML;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Segmentation.Loading;

[TestClass]
public sealed class HostileAnnotationTests
{
    private const string GoodPolygon = "[[0,0,5,0,5,5]]";

    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void LoadFromCocoInstances_HostileFile_LosesTheBadRecordOnly()
    {
        foreach (string file in Cases.Files("hostile", "coco*.json"))
        {
            (SegmentedImage[] rows, BadRecord[] bad) = Load(file, options => _ml.Data.LoadFromCocoInstances(file, Cases.Folder("hostile"), options));
            Assert.AreEqual(2, rows.Single().ImageId, file);
            Assert.AreEqual("image 1", bad.Single().Name, file);
        }
    }

    [TestMethod]
    public void LoadFromLabelme_NulInAPath_LosesTheBadRecordOnly()
    {
        (SegmentedImage[] rows, BadRecord[] bad) = Load("lm_nul", options => _ml.Data.LoadFromLabelme(Path.Combine(Cases.Folder("hostile"), "lm_nul"), options));
        StringAssert.EndsWith(rows.Single().Image, "g.jpg");
        Assert.AreEqual("1.json", bad.Single().Name);
    }

    [TestMethod]
    [DataRow(30_000_000, 5)]
    [DataRow(5, 30_000_000)]
    [DataRow(178_956_970, 1)]
    [DataRow(1_000_000, 178)]
    [DataRow(13_000, 13_000)]
    public void LoadFromCocoInstances_FourCornersAcrossAHugePicture_CostLittle(int width, int height) =>
        LoadPolygons(width, height, $"[[0,0,{width},0,{width},{height},0,{height}],[0,0,{width},0,{width},{height * 0.7},0,{height * 0.7}]]");

    [TestMethod]
    [DataRow(640, 480)]
    [DataRow(13_000, 13_000)]
    public void LoadFromCocoInstances_MillionCornersBackAndForth_CostLittle(int width, int height)
    {
        var polygon = new StringBuilder("[[");
        for (int i = 0; i < 1_000_000; i++)
        {
            polygon.Append(CultureInfo.InvariantCulture, $"{(i % 2 == 0 ? 0 : width)},{i % height},");
        }

        LoadPolygons(width, height, polygon.Append("5,5]]").ToString());
    }

    [TestMethod]
    public void LoadFromCocoInstances_ManyPolygons_TakeTimeInProportion()
    {
        // 20 million columns in all, and 60,000 masks in one union.
        string wide = string.Join(',', Enumerable.Repeat("[0,0,3000000,0,3000000,9,0,9]", 40));
        LoadPolygons(3_000_000, 50, $"[{wide}]");
        string small = string.Join(',', Enumerable.Range(0, 60_000).Select(i => $"[{i % 600},{i / 600},{i % 600 + 3},{i / 600},{i % 600 + 3},{i / 600 + 3}]"));
        LoadPolygons(640, 480, $"[{small}]");
    }

    [TestMethod]
    public void LoadFromCocoInstances_ManyCategories_TakeTimeInProportion()
    {
        string categories = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $$"""{"id":{{i}},"name":"{{i}}"}"""));
        (SegmentedImage[] rows, _) = LoadText($$"""{"images":[{{Image(2, "a.jpg")}}],"annotations":[{{Annotation(2, GoodPolygon)}}],"categories":[{{categories}}]}""");
        Assert.HasCount(1, rows);
    }

    [TestMethod]
    public void LoadFromLabelme_ManyLabels_TakeTimeInProportion()
    {
        using var folder = new TemporaryFolder();
        string shapes = string.Join(',', Enumerable.Range(0, 60_000).Select(i => $$"""{"label":"{{i}}","points":[[0,0],[5,0],[5,5]]}"""));
        File.WriteAllText(folder["a.json"], $$"""{"imagePath":"a.jpg","imageWidth":10,"imageHeight":8,"shapes":[{{shapes}}]}""");
        (SegmentedImage[] rows, _) = Load("labels", options => _ml.Data.LoadFromLabelme(folder.Path, options));
        Assert.HasCount(60_000, rows.Single().Label);
    }

    [TestMethod]
    [DataRow("2147483648", "1")]
    [DataRow("2147483647", "2147483647")]
    [DataRow("1e300", "1")]
    [DataRow("20000", "20000")]
    [DataRow("-1", "5")]
    [DataRow("0", "5")]
    public void LoadFromCocoInstances_SizeThatNoPictureHas_IsABadRecord(string width, string height)
    {
        (SegmentedImage[] rows, BadRecord[] bad) = LoadText($$"""
            {"images":[{"id":1,"file_name":"b.jpg","width":{{width}},"height":{{height}}},{{Image(2, "a.jpg")}}],
             "annotations":[{{Annotation(1, GoodPolygon)}},{{Annotation(2, GoodPolygon)}}],"categories":[{"id":1,"name":"a"}]}
            """);
        Assert.AreEqual(2, rows.Single().ImageId);
        Assert.AreEqual("image 1", bad.Single().Name);
    }

    [TestMethod]
    [DataRow("../a.jpg")]
    [DataRow("../../../../etc/hostname")]
    [DataRow("sub/../../a.jpg")]
    [DataRow("/etc/hostname")]
    [DataRow("""C:\\pictures\\a.jpg""")]
    [DataRow("C:/pictures/a.jpg")]
    [DataRow("""\\\\server\\share\\a.jpg""")]
    [DataRow("""..\\a.jpg""")]
    [DataRow("""sub\\..\\..\\a.jpg""")]
    [DataRow("https://example.org/a.jpg")]
    [DataRow("file:///etc/hostname")]
    [DataRow("file:a.jpg")]
    [DataRow("data:image/png;base64,AAAA")]
    [DataRow("""a\u0000.jpg""")]
    [DataRow("""\ud800.jpg""")]
    [DataRow("")]
    [DataRow(" ")]
    public void LoadFrom_NameThatIsNotInTheFolder_IsABadRecordInEveryForm(string name)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["coco/a.json"], $$"""
            {"images":[{{Image(1, name)}},{{Image(2, "a.jpg")}}],"annotations":[{{Annotation(1, GoodPolygon)}},{{Annotation(2, GoodPolygon)}}],"categories":[{"id":1,"name":"a"}]}
            """);
        File.WriteAllText(folder["vott/a.json"], $$$"""
            {"tags":[{"name":"a"}],"assets":{"1":{"asset":{"name":"{{{name}}}","size":{"width":10,"height":8}},"regions":[]},
             "2":{"asset":{"name":"a.jpg","size":{"width":10,"height":8}},"regions":[]} } }
            """);
        File.WriteAllText(folder["labelme/1.json"], $$"""{"imagePath":"{{name}}","imageWidth":10,"imageHeight":8,"shapes":[]}""");
        File.WriteAllText(folder["labelme/2.json"], """{"imagePath":"a.jpg","imageWidth":10,"imageHeight":8,"shapes":[{"label":"a","points":[[0,0],[5,0],[5,5]]}]}""");
        AssertOneOfTwo(Load(name, options => _ml.Data.LoadFromCocoInstances(folder["coco/a.json"], folder["coco/pictures"], options)));
        AssertOneOfTwo(Load(name, options => _ml.Data.LoadFromVott(folder["vott/a.json"], folder["vott/pictures"], options)));
        AssertOneOfTwo(Load(name, options => _ml.Data.LoadFromLabelme(folder["labelme"], options)));

        static void AssertOneOfTwo((SegmentedImage[] Rows, BadRecord[] Bad) loaded)
        {
            StringAssert.EndsWith(loaded.Rows.Single().Image, "a.jpg");
            Assert.HasCount(1, loaded.Bad);
        }
    }

    [TestMethod]
    [DataRow("a..b.jpg")]
    [DataRow("./a.jpg")]
    [DataRow("sub/a.jpg")]
    [DataRow("sub/../a.jpg")]
    [DataRow("..a/..b.jpg")]
    [DataRow("12:30.jpg")]
    [DataRow("a%2e%2e.jpg")]
    public void LoadFromCocoInstances_UnusualNameInTheFolder_IsLoaded(string name)
    {
        (SegmentedImage[] rows, _) = LoadText($$"""{"images":[{{Image(1, name)}}],"annotations":[{{Annotation(1, GoodPolygon)}}],"categories":[{"id":1,"name":"a"}]}""");
        Assert.HasCount(1, rows);
    }

    [TestMethod]
    public void LoadFromCocoInstances_NamesOutsideThatAreAllowed_AreLoaded()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.jpg"], "not decoded here");
        File.WriteAllText(folder["coco.json"], $$"""
            {"images":[{{Image(1, "../a.jpg")}},{{Image(2, folder["a.jpg"])}},{{Image(3, "http://example.org/a.jpg")}}],"annotations":[],"categories":[{"id":1,"name":"a"}]}
            """);
        var bad = new List<BadRecord>();
        var options = new SegmentationLoadOptions { AllowOutsideFolder = true, BadRecordFound = bad.Add };
        SegmentedImage[] rows = Rows(_ml.Data.LoadFromCocoInstances(folder["coco.json"], folder["pictures"], options));
        CollectionAssert.AreEqual(new long[] { 1, 2 }, rows.Select(row => row.ImageId).ToArray());
        StringAssert.Contains(bad.Single().Reason, "never fetched");
    }

    [TestMethod]
    public void LoadFromCocoInstances_Links_CountByWhereTheyLead()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["outside/a.jpg"], "");
        File.WriteAllText(folder["real/a.jpg"], "");
        Directory.CreateDirectory(folder["real/sub"]);
        File.CreateSymbolicLink(folder["real/out.jpg"], folder["outside/a.jpg"]);
        File.CreateSymbolicLink(folder["real/in.jpg"], "a.jpg");
        File.CreateSymbolicLink(folder["real/chain.jpg"], "out.jpg");
        Directory.CreateSymbolicLink(folder["real/sub/far"], folder["outside"]);
        Directory.CreateSymbolicLink(folder["real/near"], folder["real"]);
        Directory.CreateSymbolicLink(folder["linked"], folder["real"]);
        string[] names = ["a.jpg", "in.jpg", "near/a.jpg", "out.jpg", "chain.jpg", "sub/far/a.jpg", "near/sub/far/a.jpg"];
        File.WriteAllText(folder["coco.json"], $$"""
            {"images":[{{string.Join(',', names.Select((name, i) => Image(i, name)))}}],"annotations":[],"categories":[{"id":1,"name":"a"}]}
            """);
        foreach (string root in new[] { "real", "linked" })
        {
            long[] Loaded(bool allowed) =>
                [.. Rows(_ml.Data.LoadFromCocoInstances(folder["coco.json"], folder[root], new SegmentationLoadOptions { AllowOutsideFolder = allowed })).Select(row => row.ImageId)];
            CollectionAssert.AreEqual(new long[] { 0, 1, 2 }, Loaded(allowed: false), root);
            CollectionAssert.AreEqual(new long[] { 0, 1, 2, 3, 4, 5, 6 }, Loaded(allowed: true), root);
        }
    }

    [TestMethod]
    public void LoadFromCocoPanoptic_MaskOutsideOfItsFolder_IsABadRecord()
    {
        using var folder = new TemporaryFolder();
        byte[] mask = PngWriter.Write(2, 1, 8, PngWriter.Rgb, [5, 0, 0, 5, 0, 0]);
        File.WriteAllBytes(folder["secret.png"], mask);
        File.WriteAllBytes(folder["masks/a.png"], mask);
        string Of(int image, string file) => $$"""{"image_id":{{image}},"file_name":"{{file}}","segments_info":[{"id":5,"category_id":1}]}""";
        File.WriteAllText(folder["panoptic.json"], $$"""
            {"images":[{"id":1,"file_name":"1.jpg","width":2,"height":1},{"id":2,"file_name":"2.jpg","width":2,"height":1},{"id":3,"file_name":"3.jpg","width":2,"height":1}],
             "annotations":[{{Of(1, "../secret.png")}},{{Of(2, "a.png")}},{{Of(3, ".")}}],"categories":[{"id":1,"name":"a"}]}
            """);
        (SegmentedImage[] rows, BadRecord[] bad) = Load("panoptic", options => _ml.Data.LoadFromCocoPanoptic(folder["panoptic.json"], folder["pictures"], folder["masks"], options));
        Assert.AreEqual(2, rows.Single().ImageId);
        Assert.HasCount(2, bad);
    }

    [TestMethod]
    [DataRow("""{"id":1,"image_id":1,"category_id":1,"segmentation":{"size":[8,10],"counts":"\ud800"}}""")]
    [DataRow("""{"id":1,"image_id":1,"category_id":1,"segmentation":"\ud800"}""")]
    [DataRow("""{"id":1,"image_id":1,"category_id":1,"segmentation":[["\ud800",1,2,3,4,5]]}""")]
    [DataRow("""{"id":"\ud800","image_id":1,"category_id":9,"segmentation":[[0,0,5,0,5,5]]}""")]
    [DataRow("""{"id":1,"image_id":1,"category_id":1,"iscrowd":"\ud800","segmentation":[[0,0,5,0,5,5]]}""")]
    [DataRow("""{"id":1,"image_id":1,"category_id":1,"bbox":["\ud800"],"segmentation":[[0,0,5,0,5,5]]}""")]
    [DataRow("""{"id":1,"image_id":1,"category_id":1,"segmentation":[[-4e8,-4e8,-3.9999e8,4e8,4e8,-3.9999e8,1e9,0]]}""")]
    public void LoadFromCocoInstances_BrokenAnnotation_IsABadRecord(string annotation)
    {
        (SegmentedImage[] rows, BadRecord[] bad) = LoadText($$"""
            {"images":[{{Image(1, "b.jpg")}},{{Image(2, "a.jpg")}}],"annotations":[{{annotation}},{{Annotation(2, GoodPolygon)}}],"categories":[{"id":1,"name":"a"}]}
            """);
        Assert.AreEqual(2, rows.Single().ImageId);
        Assert.HasCount(1, bad);
    }

    /// <summary>The picture of the polygons is a row or a bad record, at little cost, and the other picture is a row.</summary>
    private void LoadPolygons(int width, int height, string polygons)
    {
        (SegmentedImage[] rows, BadRecord[] bad) = LoadText(string.Create(CultureInfo.InvariantCulture, $$"""
            {"images":[{"id":1,"file_name":"b.jpg","width":{{width}},"height":{{height}}},{{Image(2, "a.jpg")}}],
             "annotations":[{{Annotation(1, polygons)}},{{Annotation(2, GoodPolygon)}}],"categories":[{"id":1,"name":"a"}]}
            """));
        Assert.AreEqual(2, rows.Length + bad.Length);
        Assert.IsTrue(rows.Any(row => row.ImageId == 2));
    }

    private (SegmentedImage[] Rows, BadRecord[] Bad) LoadText(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["coco.json"], json);
        return Load(json[..Math.Min(json.Length, 200)], options => _ml.Data.LoadFromCocoInstances(folder["coco.json"], folder.Path, options));
    }

    private (SegmentedImage[] Rows, BadRecord[] Bad) Load(string name, Func<SegmentationLoadOptions, IDataView> load)
    {
        var bad = new List<BadRecord>();
        SegmentedImage[] rows = [];
        Assert.IsNull(Cases.Cheaply(name, () => rows = Rows(load(new SegmentationLoadOptions { RequireImages = false, BadRecordFound = bad.Add }))));
        return (rows, [.. bad]);
    }

    private SegmentedImage[] Rows(IDataView data) =>
        [.. _ml.Data.CreateEnumerable<SegmentedImage>(_ml.Transforms.Conversion.MapKeyToValue("Label").Fit(data).Transform(data), reuseRowObject: false)];

    private static string Image(long id, string name) => $$"""{"id":{{id}},"file_name":"{{name}}","width":10,"height":8}""";

    private static string Annotation(long image, string segmentation) =>
        $$"""{"id":{{image}},"image_id":{{image}},"category_id":1,"segmentation":{{segmentation}},"iscrowd":0}""";
}
