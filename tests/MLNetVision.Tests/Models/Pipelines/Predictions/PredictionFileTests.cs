using System.Text;
using MLNetVision.Models.Pipelines.Predictions;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Pipelines.Predictions;

[TestClass]
public sealed class PredictionFileTests
{
    private const string Lines = "{\"image\":\"á.png\",\"label\":\"cat\",\"score\":0.75}\r\n\r\n{\"image\":\"b.png\",\"label\":\"dog\",\"score\":1}\r\n";

    private const string Table = "image,label,score,problem\r\ná.png,cat,0.75,\r\nb.png,dog,1,\r\n";

    /// <summary>PowerShell's &gt; writes UTF-16, or UTF-8 with a mark.</summary>
    public static IEnumerable<object[]> Encodings =>
        from text in new[] { Lines, Table }
        from encoding in new Encoding[] { new UTF8Encoding(false), new UTF8Encoding(true), new UnicodeEncoding(false, true), new UnicodeEncoding(true, true) }
        select new object[] { text, encoding };

    [TestMethod]
    [DynamicData(nameof(Encodings))]
    public void Open_TextOfAnyMark_HasEveryLine(string text, Encoding encoding)
    {
        using var folder = new TemporaryFolder();
        string path = folder[text == Table ? "p.csv" : "p.jsonl"];
        File.WriteAllText(path, text, encoding);
        var problems = new List<string>();
        using PredictionFile file = PredictionFile.Open(path, problems.Add);
        CollectionAssert.AreEqual(new[] { "á.png", "b.png" }, file.Images.ToArray());
        CollectionAssert.AreEqual(new[] { "cat", "dog" }, file.ClassNames.ToArray());
        Assert.AreEqual(0.75f, file.Read(0).Classification!.Best.Probability);
        Assert.IsEmpty(problems);
    }

    [TestMethod]
    [DataRow("{\"image\":\"a.png\",\"label\":null,\"score\":0.5}")]
    [DataRow("{\"image\":\"a.png\",\"top\":[{\"label\":null,\"score\":0.5}]}")]
    [DataRow("{\"image\":\"a.png\",\"top\":[]}")]
    [DataRow("{\"image\":\"a.png\",\"top\":[null]}")]
    [DataRow("{\"image\":\"a.png\",\"label\":\"cat\",\"score\":1e999}")]
    [DataRow("{\"image\":\"a.png\",\"label\":\"cat\",\"score\":-0.5}")]
    [DataRow("{\"image\":\"a.png\",\"label\":\"\\ud800\",\"score\":0.5}")]
    [DataRow("{\"image\":null,\"label\":\"cat\",\"score\":0.5}")]
    [DataRow("{\"image\":\"a.png\",\"height\":4,\"width\":4,\"segments\":null}")]
    [DataRow("[1]")]
    [DataRow("{\"image\":\"a.png\"")]
    public void Open_LineThatIsNoPrediction_CostsItselfAlone(string line)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["p.jsonl"], $"{Lines}{line}\n");
        var problems = new List<string>();
        using PredictionFile file = PredictionFile.Open(folder["p.jsonl"], problems.Add);
        Assert.HasCount(2, file.Images);
        StringAssert.Contains(problems.Single(), "line 4");
    }

    [TestMethod]
    [DataRow("\"score\":0.5,", 0.5f, 0)]
    [DataRow("\"score\":\"0.5\",", 0.5f, 0)]
    [DataRow("\"score\":NaN,", 1f, 1)]
    [DataRow("\"score\":null,", 1f, 1)]
    [DataRow("", 1f, 1)]
    public void Open_CocoWithAndWithoutScores_SaysWhatRanksFirst(string score, float expected, int problems)
    {
        using var folder = new TemporaryFolder();
        string Annotation(int id, string score) => $$"""{"id":{{id}},"image_id":1,"category_id":1,{{score}}"segmentation":[[1,1,9,1,9,9]]}""";
        File.WriteAllText(folder["p.json"], $$"""
            {"images":[{"id":1,"file_name":"a.png","height":20,"width":20}],"categories":[{"id":1,"name":"cat"}],"annotations":[{{Annotation(1, score)}},{{Annotation(2, "\"score\":0.25,")}}]}
            """);
        var found = new List<string>();
        using PredictionFile file = PredictionFile.Open(folder["p.json"], found.Add);
        CollectionAssert.AreEqual(new[] { expected, 0.25f }, file.Read(0).Segmentation!.Segments.Select(segment => segment.Score).ToArray());
        Assert.AreEqual(problems == 0, file.HasScores);
        Assert.HasCount(problems, found);
        Assert.IsTrue(found.All(problem => problem.Contains("1 of 2 segments", StringComparison.Ordinal)));
    }
}
