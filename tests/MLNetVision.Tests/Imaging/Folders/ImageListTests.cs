using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Tests.Support;

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
    [DataRow("list.csv", "image;label\r\na/1.png;cat\r\na/2.png;dog, small\r\n", "1.png=cat 2.png=dog, small")]
    [DataRow("list.csv", "image,label\na\\1.png,cat\n.\\a\\2.png,dog;small\n", "1.png=cat 2.png=dog;small")]
    [DataRow("list.csv", "\uFEFFa/1.png;cat\na/2.png;dog\n", "1.png=cat 2.png=dog")]
    [DataRow("list.tsv", "a/1.png\tcat;x\na/2.png\tdog\n", "1.png=cat;x 2.png=dog")]
    public void Read_ListsAsSpreadsheetsAndWindowsWriteThem_FindsThePictures(string name, string text, string expected)
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["a/1.png"]);
        TestPictures.Save(2, folder["a/2.png"]);
        File.WriteAllText(folder[name], text);
        LabelledFiles found = ImageList.Read(folder[name], checkFiles: true, hasHeader: null);
        Assert.AreEqual(expected, string.Join(' ', found.Files.Select(file => $"{Path.GetFileName(file.Path)}={file.Label}")), string.Join(' ', found.Bad));
    }

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
