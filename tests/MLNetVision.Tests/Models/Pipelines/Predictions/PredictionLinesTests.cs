using System.Text.Json;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Coco;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Pipelines.Predictions;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Pipelines.Predictions;

[TestClass]
public sealed class PredictionLinesTests
{
    private static readonly string[] Names = ["a,b", "say \"c\"", "日本"];

    private static readonly SegmentationResult Segments = new(4, 6,
    [
        new PredictedSegment(1, 2, 0.5f, RunLengthMask.FromBox(new BoundingBox(0, 0, 3, 4), 4, 6)),
        new PredictedSegment(2, 0, 0.25f, RunLengthMask.FromBox(new BoundingBox(3, 1, 2, 2), 4, 6)),
    ]);

    [TestMethod]
    [DataRow("a b.jpg", "a b.jpg", null, null)]
    [DataRow("  a.jpg ", "a.jpg", null, null)]
    [DataRow("{\"image\": \"x.png\", \"id\": {\"k\": [1, 2]}, \"other\": 3}", "x.png", "{\"k\": [1, 2]}", null)]
    [DataRow("{\"image\": \"x.png\"}", "x.png", null, null)]
    [DataRow("{\"id\": 7}", "", "7", "no text")]
    [DataRow("{\"image\": 3, \"id\": \"q\"}", "", "\"q\"", "no text")]
    [DataRow("{broken", "{broken", null, "is none")]
    [DataRow("", "", null, "empty")]
    [DataRow("a\0b", "a\0b", null, "character 0")]
    public void Parse_Line_NeverThrows(string line, string image, string? id, string? problem)
    {
        PictureRequest request = PictureRequest.Parse(line);
        Assert.AreEqual((image, id), (request.Image, request.Id));
        Assert.AreEqual(problem is null, request.Problem is null);
        Assert.IsTrue(problem is null || request.Problem!.Contains(problem, StringComparison.Ordinal), request.Problem);
    }

    [TestMethod]
    public void ToJson_Classes_NamesTheMostProbable()
    {
        var lines = new PredictionLines(Names, 2, segments: false);
        string line = lines.ToJson(new PicturePrediction(new PictureRequest { Image = "ü.jpg", Id = "{\"n\":1}" }, new Classification(Names, [0.2f, 0.1f, 0.7f]), null, null));
        Assert.AreEqual("""{"image":"ü.jpg","id":{"n":1},"label":"日本","score":0.7,"top":[{"label":"日本","score":0.7},{"label":"a,b","score":0.2}]}""", line);
        Assert.AreEqual("""{"image":"x","label":"a,b","score":null}""", new PredictionLines(Names, 1, false).ToJson(
            new PicturePrediction(new PictureRequest { Image = "x" }, new Classification(Names, [float.NaN, float.NaN, float.NaN]), null, null)));
    }

    [TestMethod]
    public void ToJson_Segments_HoldsMasksThatReadBack()
    {
        string line = new PredictionLines(Names, 1, segments: true).ToJson(new PicturePrediction(new PictureRequest { Image = "x.jpg" }, null, Segments, null));
        using JsonDocument json = JsonDocument.Parse(line);
        JsonElement first = json.RootElement.GetProperty("segments")[0];
        Assert.AreEqual("日本", first.GetProperty("label").GetString());
        Assert.AreEqual("[0,0,3,4]", first.GetProperty("box").GetRawText());
        Assert.AreEqual(Segments.Segments[0].Mask, RunLengthMask.FromCompressed(first.GetProperty("mask").GetProperty("counts").GetString(), 4, 6));
        Assert.AreEqual(6, json.RootElement.GetProperty("width").GetInt32());
    }

    [TestMethod]
    public void ToCsv_AnyPrediction_HasTheHeadersColumns()
    {
        var classes = new PredictionLines(Names, 2, segments: false);
        Assert.AreEqual("image,label,score,label2,score2,problem", classes.CsvHeader);
        Assert.AreEqual("\"x,y.jpg\",\"say \"\"c\"\"\",0.7,日本,0.2,", classes.ToCsv(new PicturePrediction(new PictureRequest { Image = "x,y.jpg" }, new Classification(Names, [0.1f, 0.7f, 0.2f]), null, null)).Single());
        Assert.AreEqual("x.jpg,,,,,gone", classes.ToCsv(new PicturePrediction(new PictureRequest { Image = "x.jpg" }, null, null, "gone")).Single());

        var segments = new PredictionLines(Names, 1, segments: true);
        Assert.AreEqual("x.jpg,1,日本,0.5,0,0,3,4,12,\nx.jpg,2,\"a,b\",0.25,3,1,5,3,4,", string.Join('\n', segments.ToCsv(new PicturePrediction(new PictureRequest { Image = "x.jpg" }, null, Segments, null))));
        string empty = segments.ToCsv(new PicturePrediction(new PictureRequest { Image = "x.jpg" }, null, Segments with { Segments = [] }, null)).Single();
        Assert.AreEqual(segments.CsvHeader.Count(c => c == ','), empty.Count(c => c == ','));
    }

    [TestMethod]
    public void SavePanoptic_Predictions_ReadsBack()
    {
        using var folder = new TemporaryFolder();
        PicturePrediction[] predictions =
        [
            new(new PictureRequest { Image = "a/1.jpg" }, null, Segments, null),
            new(new PictureRequest { Image = "a/2.jpg" }, null, null, "gone"),
            new(new PictureRequest { Image = "a/3.jpg" }, null, Segments with { Segments = [Segments.Segments[1] with { Id = 1 }] }, null),
        ];
        PredictionCocoFile.SavePanoptic(predictions, Names, folder["p.json"], folder["p"], ["日本"]);
        PredictionCocoFile.SaveInstances(predictions, Names, folder["i.json"]);
        var options = new SegmentationLoadOptions { RequireImages = false };
        AnnotationSource panoptic = CocoPanoptic.Open(folder["p.json"], folder.Path, folder["p"], options);
        AnnotatedImage[] read = [.. panoptic.Read(options)];
        Assert.AreEqual("1 2, 1", string.Join(", ", read.Select(image => string.Join(' ', Enumerable.Range(1, image.Segments.Count)))));
        Assert.AreEqual(Segments.Segments[0].Mask, read[0].Segments[0].Mask);
        Assert.AreEqual("a,b False, say \"c\" False, 日本 True", string.Join(", ", panoptic.Classes.Select(item => $"{item.Name} {item.IsThing}")));
        Assert.HasCount(2, CocoInstances.Open(folder["i.json"], folder.Path, options).Read(options).ToArray());
    }
}
