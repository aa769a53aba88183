using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Tests.Imaging.Folders;

[TestClass]
public sealed class ImageListTests
{
    [TestMethod]
    [DataRow("a,b\nc,d\n", "1:a|b 2:c|d")]
    [DataRow("a,b\r\nc,d", "1:a|b 2:c|d")]
    [DataRow("\n \n a , b \n", "3:a|b")]
    [DataRow("\"x\ny\",b\nc,d", "1:x\ny|b 3:c|d")]
    [DataRow("\"x\r\ny\",\"a, \"\"b\"\"\"\nc,\" d \"", "1:x\r\ny|a, \"b\" 3:c| d ")]
    [DataRow("\"open,b\nc,d\n", "1:\"open|b 2:c|d")]
    [DataRow("in\"side,b\n", "1:in\"side|b")]
    [DataRow("a,\n,b", "1:a| 2:|b")]
    [DataRow("", "")]
    public void Read_Text_GivesRowsWithTheirLines(string text, string expected) =>
        Assert.AreEqual(expected, string.Join(' ', CsvText.Read(text, ',').Select(row => $"{row.Line}:{string.Join('|', row.Fields)}")));

    [TestMethod]
    public void Write_AnyText_IsReadBack()
    {
        var random = new Random(4);
        string[][] rows = [.. Enumerable.Range(0, 500).Select(_ => Enumerable.Range(0, 3).Select(_ => string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => ",\"\n\r ab"[random.Next(7)]))).ToArray())];
        string text = CsvText.Write(["x", "y", "z"], rows.Select(row => (IReadOnlyList<object?>)row));
        IReadOnlyList<string>[] read = [.. CsvText.Read(text, ',').Select(row => row.Fields)];
        Assert.HasCount(rows.Length + 1, read);
        for (int i = 0; i < rows.Length; i++)
        {
            CollectionAssert.AreEqual(rows[i], read[i + 1].ToArray());
        }
    }
}
