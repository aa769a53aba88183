using MLNetVision.Models.Training.Batches;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Training.Batches;

[TestClass]
public sealed class LabelledFoldersTests
{
    private static readonly string Digits = Path.Combine(Goldens.RepositoryFolder(), "datasets", "digits");

    [TestMethod]
    public void Open_Digits_ListsEveryPictureByItsFolder()
    {
        LabelledFolders training = LabelledFolders.Open(Path.Combine(Digits, "train"));
        LabelledFolders test = LabelledFolders.Open(Path.Combine(Digits, "test"), training.Labels);
        Assert.AreEqual((1347, 450), (training.Count, test.Count));
        CollectionAssert.AreEqual(Enumerable.Range(0, 10).Select(digit => $"{digit}").ToArray(), training.Labels.ToArray());
        for (int i = 0; i < test.Count; i += 50)
        {
            Assert.AreEqual(test.Labels[test.ClassOf(i)], Path.GetFileName(Path.GetDirectoryName(test.NameOf(i))));
            Assert.AreEqual(8, test.Load(i).Width);
        }
    }

    [TestMethod]
    public void Open_UnknownLabelOrNoPicture_IsAClearError()
    {
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidDataException>(() => LabelledFolders.Open(Path.Combine(Digits, "test"), ["0", "1"])).Message, "none of the labels 0, 1");
        Assert.ThrowsExactly<InvalidDataException>(() => LabelledFolders.Open(Path.Combine(Digits, "test", "0")));
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => LabelledFolders.Open(Path.Combine(Digits, "none")));
    }
}
