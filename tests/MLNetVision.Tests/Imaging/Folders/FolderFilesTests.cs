using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Folders;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Imaging.Folders;

[TestClass]
public sealed class FolderFilesTests
{
    private static readonly string[] Aside = ["__MACOSX/cat/._1.jpg", "train/__MACOSX/x.jpg", "train/cat/._1.jpg", "train/cat/.ipynb_checkpoints/1-checkpoint.jpg", "train/cat/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg", "train/.git/x/1.jpg"];

    [TestMethod]
    public void Find_FilesThatSystemsPutBesidePictures_AreNoneAndNoClass()
    {
        using var folder = new TemporaryFolder();
        string picture = TestPictures.Save(1, folder["train/cat/1.jpg"]);
        TestPictures.Save(2, folder["test/cat/2.jpg"]);
        foreach (string aside in Aside)
        {
            File.Copy(picture, folder[aside]);
        }

        LabelledFiles found = LabelFolders.Find(folder.Path, checkFiles: true);
        Assert.AreEqual("test/cat/2.jpg train/cat/1.jpg", string.Join(' ', found.Files.Select(file => Path.GetRelativePath(folder.Path, file.Path).Replace('\\', '/'))));
        Assert.IsTrue(found.Files.All(file => file is { Label: "cat", Split: not null }));
        Assert.HasCount(0, found.Bad);
        Assert.HasCount(2, PictureFiles.Find(folder.Path));
        Assert.HasCount(2, PictureFiles.Find(folder["**/*.jpg"]));
    }

    [TestMethod]
    public void Find_PicturesInTheFolderItself_SaysWhichFolderIsMeant()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["photos/cat/1.jpg"]);
        InvalidDataException thrown = Assert.ThrowsExactly<InvalidDataException>(() => LabelFolders.Find(folder["photos/cat"], checkFiles: false));
        Assert.Contains("1 picture(s) lie in the folder itself: if 'cat' is a class, name the folder above", thrown.Message);
    }

    [TestMethod]
    [DataRow("train/_annotations.coco.json valid/_annotations.coco.json test/_annotations.coco.json", "test train validation")]
    [DataRow("annotations/instances_train2017.json annotations/instances_val2017.json", "train validation")]
    [DataRow("a.json b.json", "")]
    [DataRow("train.json train/a.json val.json", "")]
    [DataRow("val.json test.json", "")]
    public void Parts_FilesOfAFolder_AreToldByTheirNames(string files, string parts)
    {
        using var folder = new TemporaryFolder();
        foreach (string file in files.Split(' '))
        {
            File.WriteAllText(folder[file], """{"images": [], "annotations": [], "categories": []}""");
        }

        Assert.AreEqual(parts, string.Join(' ', AnnotationForms.Parts(folder.Path).Keys.Order(StringComparer.Ordinal)));
    }
}
