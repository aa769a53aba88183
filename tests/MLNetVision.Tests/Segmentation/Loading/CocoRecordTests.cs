using MLNetVision.Imaging.Annotations;
using MLNetVision.Tests.Support;
using Microsoft.ML;

namespace MLNetVision.Tests.Segmentation.Loading;

/// <summary>COCO's records as programs write them: ids of any spelling, fields that nothing needs, annotations that are none.</summary>
[TestClass]
public sealed class CocoRecordTests : LoadedRows
{
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
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Ml.Data.LoadFromCocoPanoptic(folder["i.json"], folder.Path)).Message, "LoadFromCocoInstances");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Ml.Data.LoadFromCocoInstances(folder["p.json"], folder.Path)).Message, "LoadFromCocoPanoptic");
    }

    [TestMethod]
    [DataRow("""{"size":[40.0,60.0],"counts":[0.0,100.0,2300.0]}""")]
    [DataRow("""{"size":[40,60],"counts":[0,1e2,2300]}""")]
    public void LoadFromCoco_RunLengthsOfPython_AreWholeNumbers(string segmentation)
    {
        using var folder = new TemporaryFolder();
        (Row[] rows, BadRecord[] bad) = Coco(folder, Images("a.png"), $$"""{"id":7,"image_id":1,"category_id":1,"segmentation":{{segmentation}}}""");
        Assert.AreEqual(100, rows.Single().Area.Single());
        Assert.IsEmpty(bad);
        (_, bad) = Coco(folder, Images("a.png"), Annotation(1), """{"id":7,"image_id":1,"category_id":1,"segmentation":{"size":[40,60],"counts":[0.5,2399.5]}}""");
        StringAssert.Contains(bad.Single().Reason, "0.5");
    }

    [TestMethod]
    [DataRow("\"\"")]
    [DataRow("\" \"")]
    [DataRow("\"\\ud800\"")]
    public void LoadFromCoco_CategoryWhoseNameIsNone_IsCalledByItsId(string name)
    {
        using var folder = new TemporaryFolder();
        (Row[] rows, BadRecord[] bad) = Coco(folder, Images("a.png"), [Annotation(1)], $$"""{"id":1,"name":{{name}}},{"id":2,"name":"dog"}""");
        Assert.AreEqual(1u, rows.Single().Label.Single());
        StringAssert.Contains(bad.Single().ToString(), "'category 1'");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Coco(folder, Images("a.png"), [Annotation(1)], """{"id":7}""")).Message, "category 7");
    }

    [TestMethod]
    public void LoadFromCoco_AbsoluteNameInTheFolder_IsInTheFolder()
    {
        using var folder = new TemporaryFolder();
        (Row[] rows, BadRecord[] bad) = Coco(folder, Images(folder["a.png"].Replace('\\', '/'), folder["sub/b.png"].Replace('\\', '/')), Annotation(1), Annotation(2));
        Assert.HasCount(2, rows);
        Assert.IsEmpty(bad);
    }

    [TestMethod]
    public void LoadFromCocoPanoptic_ImagesWithoutOrWithTwoAnnotations_AreNamed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["masks/a.png"], PngWriter.Write(6, 4, 8, PngWriter.Rgb, [.. Enumerable.Repeat(new byte[] { 1, 0, 0 }, 24).SelectMany(pixel => pixel)]));
        const string Scene = """{"image_id":1,"file_name":"a.png","segments_info":[{"id":1,"category_id":1}]}""";
        File.WriteAllText(folder["p.json"], $$"""{"images":[{"id":1,"file_name":"a.png"},{"id":2,"file_name":"b.png"}],"annotations":[{{Scene}},{{Scene}}],"categories":[{"id":1,"name":"a"}]}""");
        (Row[] rows, BadRecord[] bad) = Rows(options => Ml.Data.LoadFromCocoPanoptic(folder["p.json"], folder.Path, folder["masks"], options));
        Assert.AreEqual(1, rows.Single().ImageId);
        Assert.HasCount(2, bad);
        StringAssert.Contains(bad[0].ToString(), "image 2");
        Assert.AreEqual(BadRecordKind.Remark, bad[0].Kind);
        StringAssert.Contains(bad[1].ToString(), "second annotation");
    }
}
