using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Tests.Imaging.Metrics;

[TestClass]
public sealed class MetricsTextTests
{
    [TestMethod]
    [DataRow("Grüne", 5)]
    [DataRow("香蕉", 4)]
    [DataRow("한국어", 6)]
    [DataRow("ﾊﾝｶｸ", 4)]
    [DataRow("e\u0301te\u0301", 3)]
    [DataRow("🍎 a", 4)]
    [DataRow("", 0)]
    public void Width_OfAnyScript_IsThatOfATerminal(string text, int cells) => Assert.AreEqual(cells, MetricsText.Width(text));

    [TestMethod]
    public void Table_NamesOfSeveralScripts_StandInLine() =>
        Assert.AreEqual("class   n\nGrüne  25\n香蕉    4\ne\u0301       1\n", MetricsText.Table(["class", "n"], [["Grüne", "25"], ["香蕉", "4"], ["e\u0301", "1"]]).ReplaceLineEndings("\n"));
}
