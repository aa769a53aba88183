using MLNetVision.Imaging.Folders;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Imaging.Folders;

[TestClass]
public sealed class PictureFilesTests
{
    private static TemporaryFolder Make()
    {
        var folder = new TemporaryFolder();
        foreach (string file in (string[])["b.png", "a.JPG", "notes.txt", "x/c.png", "x/y/d.webp", "x/[1].png", "z.tiff"])
        {
            File.WriteAllText(folder[file], string.Empty);
        }

        return folder;
    }

    [TestMethod]
    [DataRow("", "a.JPG b.png x/[1].png x/c.png x/y/d.webp z.tiff")]
    [DataRow("x", "x/[1].png x/c.png x/y/d.webp")]
    [DataRow("notes.txt", "notes.txt")]
    [DataRow("x/[1].png", "x/[1].png")]
    [DataRow("*.png", "b.png")]
    [DataRow("**/*.png", "b.png x/[1].png x/c.png")]
    [DataRow("?/c.*", "x/c.png")]
    [DataRow("x/**", "x/[1].png x/c.png x/y/d.webp")]
    public void Find_FileFolderOrPattern_GivesPicturesInOrder(string source, string expected)
    {
        using TemporaryFolder folder = Make();
        string[] found = [.. PictureFiles.Find(Path.Combine(folder.Path, source)).Select(file => Path.GetRelativePath(folder.Path, file).Replace('\\', '/'))];
        Assert.AreEqual(expected, string.Join(' ', found));
    }

    [TestMethod]
    public void Find_Nothing_SaysWhatIsMissing()
    {
        using TemporaryFolder folder = Make();
        Directory.CreateDirectory(folder["empty"]);
        Assert.Contains("no file or folder", Assert.ThrowsExactly<FileNotFoundException>(() => PictureFiles.Find(folder["nothing"])).Message);
        Assert.Contains("fits no picture", Assert.ThrowsExactly<FileNotFoundException>(() => PictureFiles.Find(folder["*.bmp"])).Message);
        Assert.Contains("fits no picture", Assert.ThrowsExactly<FileNotFoundException>(() => PictureFiles.Find(Path.Combine(folder.Path, "nowhere", "*.bmp"))).Message);
        Assert.Contains("no pictures", Assert.ThrowsExactly<InvalidDataException>(() => PictureFiles.Find(folder["empty"])).Message);
    }
}
