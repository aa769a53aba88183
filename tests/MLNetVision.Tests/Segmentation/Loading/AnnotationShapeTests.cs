using MLNetVision.Imaging.Annotations;
using MLNetVision.Tests.Support;
using Microsoft.ML;

namespace MLNetVision.Tests.Segmentation.Loading;

/// <summary>Shapes, regions and values that are no objects beside good ones.</summary>
[TestClass]
public sealed class AnnotationShapeTests : LoadedRows
{
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
        (Row[] rows, BadRecord[] bad) = Rows(options => Ml.Data.LoadFromLabelme(folder.Path, options));
        CollectionAssert.AreEqual(new double[] { 100, 100 }, rows.Single().Area);
        Assert.AreEqual(5, bad.Count(record => record.Kind == BadRecordKind.Annotation));
        Assert.AreEqual(2, bad.Count(record => record.Kind == BadRecordKind.Remark));
        Assert.IsTrue(bad.All(record => record.Name == "a.json"));
    }

    [TestMethod]
    [DataRow("\"\"", 2)]
    [DataRow("\" \"", 2)]
    [DataRow("null", 2)]
    [DataRow("\"shape 1\"", 1)]
    [DataRow("0", 1)]
    public void LoadFromLabelme_GroupIds_JoinShapesUnlessTheyAreEmpty(string group, int segments)
    {
        using var folder = new TemporaryFolder();
        string first = $$"""{"label":"cat","points":[[10,10],[20,10],[20,20],[10,20]],"group_id":{{group}}}""", second = first.Replace("[10,", "[30,").Replace("[20,", "[40,");
        File.WriteAllText(folder["a.json"], $$"""{"imagePath":"a.png","imageWidth":60,"imageHeight":40,"shapes":[{{first}},{{second}}]}""");
        Assert.HasCount(segments, Rows(options => Ml.Data.LoadFromLabelme(folder.Path, options)).Rows.Single().Label);

        // The group of one shape is not the number of another.
        File.WriteAllText(folder["a.json"], $$"""{"imagePath":"a.png","imageWidth":60,"imageHeight":40,"shapes":[{{first.Replace("\"group_id", "\"group")}},{{second}},{{second.Replace($"id\":{group}", "id\":\"shape 0\"")}}]}""");
        Assert.HasCount(3, Rows(options => Ml.Data.LoadFromLabelme(folder.Path, options)).Rows.Single().Label);
    }

    [TestMethod]
    public void LoadFromLabelme_LabelsWithSpaceOrWithoutLetters_AreNoClassesOfTheirOwn()
    {
        using var folder = new TemporaryFolder();
        const string Shape = """{"label":"@","points":[[10,10],[20,10],[20,20],[10,20]]}""";
        File.WriteAllText(folder["a.json"], $$"""{"imagePath":"a.png","imageWidth":60,"imageHeight":40,"shapes":[{{Shape.Replace("@", "cat")}},{{Shape.Replace("@", " cat ")}},{{Shape.Replace("@", " ")}}]}""");
        (Row[] rows, BadRecord[] bad) = Rows(options => Ml.Data.LoadFromLabelme(folder.Path, options));
        CollectionAssert.AreEqual(new uint[] { 1, 1 }, rows.Single().Label);
        StringAssert.Contains(bad.Single().Reason, "shape 2");

        // A picture that is in the file alone is named as such.
        File.WriteAllText(folder["a.json"], $$"""{"imagePath":"a.png","imageData":"iVBORw0K","shapes":[{{Shape}}]}""");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Rows(options => Ml.Data.LoadFromLabelme(folder.Path, options), requireImages: true)).Message, "imageData");
    }

    [TestMethod]
    public void LoadFromVott_PicturesThatNobodyOpened_AreNoneWithoutObjects()
    {
        using var folder = new TemporaryFolder();
        string Asset(string name, string state, string regions) => $$$"""{"asset":{"name":"{{{name}}}.png","state":{{{state}}},"size":{"width":60,"height":40}},"regions":[{{{regions}}}]}""";
        const string Region = """{"id":"r","tags":["dog","cat"],"boundingBox":{"left":10,"top":10,"width":10,"height":10}}""";
        File.WriteAllText(folder["v.json"], $$"""
            {"tags":[{"name":"cat"},{"name":"dog"}],"assets":{"1":{{Asset("a", "0", "")}},"2":{{Asset("b", "1", "")}},"3":{{Asset("c", "2", Region)}},"4":{{Asset("d", "0", Region)}} } }
            """);
        (Row[] rows, BadRecord[] bad) = Rows(options => Ml.Data.LoadFromVott(folder["v.json"], null, options));
        CollectionAssert.AreEqual(new[] { 0, 1, 1 }, rows.Select(row => row.Label.Length).ToArray());
        Assert.AreEqual(2u, rows[1].Label.Single());
        Assert.AreEqual("asset 1", bad.Single(record => record.Kind == BadRecordKind.Record).Name);
        Assert.AreEqual(2, bad.Count(record => record.Kind == BadRecordKind.Remark && record.Reason.Contains("dog", StringComparison.Ordinal)));
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
        (Row[] rows, BadRecord[] bad) = Rows(options => Ml.Data.LoadFromVott(folder["v.json"], null, options));
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
        (Row[] rows, BadRecord[] bad) = Rows(options => Ml.Data.LoadFromSemanticMasks(folder["images"], folder["masks"], ["a", "b"], options: options));
        Assert.HasCount(3, rows);
        Assert.IsTrue(rows.All(row => row.Label.Length == 2));
        BadRecord value = bad.Single(record => record.Name == "value 7");
        StringAssert.Contains(value.Reason, "50 % of the pixels, in 3 label map(s)");
        StringAssert.Contains(bad.Single(record => record.Kind == BadRecordKind.Record).Reason, "x.tif");
        StringAssert.Contains(bad.Single(record => record.Name == folder["images"]).Reason, "x.tif");
    }

    [TestMethod]
    public void LoadFromSemanticMasks_ClassesOfOneName_AreOneClass()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["images/a.png"], PngWriter.Write(4, 1, 8, PngWriter.Grey, new byte[4]));
        File.WriteAllBytes(folder["masks/a.png"], PngWriter.Write(4, 1, 8, PngWriter.Grey, [0, 1, 2, 2]));
        (Row[] rows, BadRecord[] bad) = Rows(options => Ml.Data.LoadFromSemanticMasks(folder["images"], folder["masks"], ["a", "b", "a"], options: options));
        CollectionAssert.AreEqual(new uint[] { 1, 2 }, rows.Single().Label);
        CollectionAssert.AreEqual(new double[] { 3, 1 }, rows.Single().Area);
        Assert.IsEmpty(bad);
    }
}
