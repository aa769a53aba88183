using MLNetVision.Models.Pipelines.Evaluations;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Pipelines.Evaluations;

[TestClass]
public sealed class PredictionMatchesTests
{
    [TestMethod]
    public void Find_PathsOfAnotherPlace_MatchesTheLongestCommonEnd()
    {
        string[] pictures = ["/data/test/3/1.png", "/data/test/4/1.png", "/data/test/4/2.png", "/data/test/5/9.png"];
        int[] found = PredictionMatches.Find(pictures, ["elsewhere/4/1.png", "3/1.png", "2.png", "train/1.png", "7.png"], "answers.jsonl");
        Assert.AreSequenceEqual([1, 0, 2, -1], found);
    }

    [TestMethod]
    public void Find_OneNameTwice_TakesTheLaterPrediction() =>
        Assert.AreSequenceEqual([2], PredictionMatches.Find(["/data/1.png"], ["1.png", "2.png", "1.png"], "answers.jsonl"));

    [TestMethod]
    public void Find_NameOfSeveralPictures_SaysWhich()
    {
        string error = Assert.ThrowsExactly<InvalidDataException>(() => PredictionMatches.Find(["/data/3/1.png", "/data/4/1.png"], ["1.png"], "answers.jsonl")).Message;
        Assert.Contains("'/data/3/1.png' or '/data/4/1.png'", error);
        error = Assert.ThrowsExactly<InvalidDataException>(() => PredictionMatches.Find(["/data/3/1.png"], ["a/1.png", "b/1.png"], "answers.jsonl")).Message;
        Assert.Contains("'a/1.png' and 'b/1.png'", error);
    }

    [TestMethod]
    public void Find_NameThatLeadsToAnotherFile_IsOfThatFileUnlessItIsACopy()
    {
        using var folder = new TemporaryFolder();
        foreach ((string name, string content) in new[] { ("train/1.png", "one"), ("test/1.png", "other"), ("copy/2.png", "two"), ("test/2.png", "two") })
        {
            File.WriteAllText(folder[name], content);
        }

        int[] found = PredictionMatches.Find([folder["test/1.png"], folder["test/2.png"]], ["train/1.png", "copy/2.png"], folder["answers.jsonl"]);
        Assert.AreSequenceEqual([-1, 1], found, "the first is of the picture in train, the second of a copy");
    }

    [TestMethod]
    public void Find_NamesFromTheFilesFolder_LeadToTheirPictures()
    {
        using var folder = new TemporaryFolder();
        string[] pictures = [folder["a/1.png"], folder["b/1.png"]];
        Assert.AreSequenceEqual([1, 0], PredictionMatches.Find(pictures, ["b/1.png", "a/1.png"], folder["answers.jsonl"]));
    }
}
