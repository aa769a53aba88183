using System.Text;
using Microsoft.ML;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Segmentation.Loading;

/// <summary>Texts in other encodings, texts that are none, and names of pictures written on other systems.</summary>
[TestClass]
public sealed class AnnotationTextTests : LoadedRows
{
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
            options => Ml.Data.LoadFromCocoInstances(folder["coco/ä.json"], folder.Path, options),
            options => Ml.Data.LoadFromVott(folder["vott/a.json"], folder.Path, options),
            options => Ml.Data.LoadFromLabelme(folder["labelme"], options),
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
        (Row[] rows, BadRecord[] bad) = Rows(options => Ml.Data.LoadFromCocoInstances(folder["a.json"], folder.Path, options), requireImages: true);
        Assert.AreEqual(2, rows.Single().ImageId);
        Assert.AreEqual("image 1", bad.Single().Name);
        string strict = Assert.ThrowsExactly<InvalidDataException>(() => Rows(
            options => Ml.Data.LoadFromCocoInstances(folder["a.json"], folder.Path, options), requireImages: true, policy: BadRecordPolicy.Throw)).Message;
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
            options => Ml.Data.LoadFromCocoInstances(folder["a.json"], folder["pictures"], options),
            options => Ml.Data.LoadFromVott(folder["v.json"], folder["pictures"], options),
            options => Ml.Data.LoadFromLabelme(folder["pictures"], options),
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
}
