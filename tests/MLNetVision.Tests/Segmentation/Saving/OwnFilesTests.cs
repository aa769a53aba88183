using Microsoft.ML;
using MLNetVision.Segmentation.Saving;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Segmentation.Saving;

/// <summary>Whatever folder a user names, what is saved never takes the place of a picture.</summary>
[TestClass]
public sealed class OwnFilesTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void SaveToCocoPanoptic_MasksAmongThePictures_AreRefusedAndThePicturesStay()
    {
        using var folder = new TemporaryFolder();
        IDataView data = SavedScenes.Draw(_ml, folder, 2, ["a", "b"]);
        string[] pictures = [.. SavedScenes.Rows(_ml, data).Select(row => row.Image)];
        byte[][] before = [.. pictures.Select(File.ReadAllBytes)];
        string message = Assert.ThrowsExactly<IOException>(() => _ml.Data.SaveToCocoPanoptic(data, folder["panoptic.json"], folder["pictures"])).Message;
        StringAssert.Contains(message, "scene 0.png");
        Assert.IsFalse(File.Exists(folder["panoptic.json"]));
        Assert.IsTrue(pictures.Zip(before).All(pair => File.ReadAllBytes(pair.First).AsSpan().SequenceEqual(pair.Second)));
    }

    [TestMethod]
    public void SaveToCocoPanoptic_MasksOfAnEarlierSave_AreWrittenOver()
    {
        using var folder = new TemporaryFolder();
        IDataView first = SavedScenes.Draw(_ml, folder, 2, ["a", "b"]);
        var options = new AnnotationSaveOptions { ImageFolder = folder["pictures"] };
        _ml.Data.SaveToCocoPanoptic(first, folder["panoptic.json"], options: options);
        IDataView second = SavedScenes.Draw(_ml, folder, 2, ["a", "b"], seed: 4);
        _ml.Data.SaveToCocoPanoptic(second, folder["panoptic.json"], options: options);
        CollectionAssert.AreEqual(
            SavedScenes.Rows(_ml, second)[0].Masks, SavedScenes.Rows(_ml, _ml.Data.LoadFromCocoPanoptic(folder["panoptic.json"], folder["pictures"]))[0].Masks);
    }
}
