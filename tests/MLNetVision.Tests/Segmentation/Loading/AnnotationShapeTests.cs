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
}
