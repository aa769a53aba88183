using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Conversions;
using MLNetVision.Imaging.Masks;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Imaging.Conversions;

[TestClass]
public sealed class AnnotationConverterTests
{
    private static string Scenes => Path.Combine(Goldens.RepositoryFolder(), "datasets", "shape-scenes", "test", "panoptic.json");

    private static string Images => Path.Combine(Path.GetDirectoryName(Scenes)!, "images");

    [TestMethod]
    [DataRow(AnnotationFormat.CocoInstances)]
    [DataRow(AnnotationFormat.CocoPanoptic)]
    [DataRow(AnnotationFormat.Yolo)]
    [DataRow(AnnotationFormat.YoloBoxes)]
    [DataRow(AnnotationFormat.Voc)]
    [DataRow(AnnotationFormat.VocBoxes)]
    [DataRow(AnnotationFormat.Masks)]
    public void Convert_Scenes_ReadBackAsTheyWere(AnnotationFormat format)
    {
        using var folder = new TemporaryFolder();
        ConvertedSplit written = AnnotationConverter.Convert(Scenes, folder["out"], format, new AnnotationConversionOptions { ImageFolder = Images }).Single();
        AnnotationSource before = AnnotationForms.OpenSplit(Scenes, null, Images);
        string[]? classes = format == AnnotationFormat.Masks ? File.ReadAllLines(folder["out/classes.txt"]) : null;
        AnnotationSource after = AnnotationForms.OpenSplit(written.Path, format is AnnotationFormat.Yolo or AnnotationFormat.YoloBoxes ? "train" : null, CopiesPictures(format) ? null : Images, classes, null, null, onlyBoxes: !HasMasks(format));
        AnnotatedImage[] expected = [.. before.Read().OrderBy(image => Path.GetFileName(image.Path), StringComparer.Ordinal)], actual = [.. after.Read().OrderBy(image => Path.GetFileName(image.Path), StringComparer.Ordinal)];
        Assert.AreEqual((expected.Length, expected.Length, "train"), (written.Images, actual.Length, written.Split));
        bool hasMasks = HasMasks(format);
        for (int i = 0; i < expected.Length; i++)
        {
            CollectionAssert.AreEqual(File.ReadAllBytes(expected[i].Path), File.ReadAllBytes(actual[i].Path));
            Assert.AreEqual(CopiesPictures(format), actual[i].Path.StartsWith(folder.Path, StringComparison.Ordinal));
            AnnotatedSegment[] wanted = [.. expected[i].Segments.Where(segment => format != AnnotationFormat.CocoInstances || before.Classes[segment.Class].IsThing)];
            CollectionAssert.AreEquivalent(Described(wanted, before, format, hasMasks), Described(actual[i].Segments, after, format, hasMasks), expected[i].Path);
        }
    }

    [TestMethod]
    [DataRow(AnnotationFormat.CocoInstances)]
    [DataRow(AnnotationFormat.CocoPanoptic)]
    [DataRow(AnnotationFormat.Yolo)]
    [DataRow(AnnotationFormat.Voc)]
    [DataRow(AnnotationFormat.Masks)]
    public void Convert_SecondSplitThatFails_LeavesNothingOfTheFirst(AnnotationFormat format)
    {
        using var folder = new TemporaryFolder();
        foreach (string split in (string[])["train", "val"])
        {
            Directory.CreateDirectory(folder[$"in/{split}"]);
            AnnotationConverter.Convert(Scenes, folder[$"in/{split}/instances.json"], AnnotationFormat.CocoInstances, new AnnotationConversionOptions { ImageFolder = Images });
        }

        string second = folder["in/val/instances.json"], whole = File.ReadAllText(second);
        var options = new AnnotationConversionOptions { ImageFolder = Images };
        File.WriteAllText(second, whole.Replace("0007.jpg", "gone.jpg", StringComparison.Ordinal));
        Fails();
        Assert.IsFalse(Directory.Exists(folder.Path + "/out"));
        Directory.CreateDirectory(folder["out"]);
        File.WriteAllText(folder["out/own.txt"], "own");
        Fails();
        CollectionAssert.AreEqual(new[] { folder["out/own.txt"] }, Directory.GetFileSystemEntries(folder["out"]));

        File.WriteAllText(second, whole);
        if (format != AnnotationFormat.Voc)
        {
            // Both splits have the same pictures, which Pascal VOC's form has in one folder.
            Assert.AreEqual(2, AnnotationConverter.Convert(folder["in"], folder["out"], format, options).Count(split => split.Images == 20 && Path.Exists(split.Path)));
        }

        Assert.IsEmpty(Directory.GetFileSystemEntries(folder["out"], ".*"));

        void Fails()
        {
            using var cancellation = new CancellationTokenSource();
            var load = new SegmentationLoadOptions { BadRecordFound = _ => cancellation.Cancel() };
            Exception error = Assert.Throws<Exception>(() => AnnotationConverter.Convert(folder["in"], folder["out"], format, options with { Load = load }, cancellation.Token));
            Assert.IsTrue(error is OperationCanceledException or IOException, $"{error}"); // of Pascal VOC's form the second split has names of the first
        }
    }

    [TestMethod]
    [DataRow(AnnotationFormat.Yolo)]
    [DataRow(AnnotationFormat.Voc)]
    [DataRow(AnnotationFormat.Masks)]
    public void Convert_FailureMidway_LeavesNothingBehind(AnnotationFormat format)
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        int met = 0;
        var options = new AnnotationConversionOptions
        {
            ImageFolder = folder["in/images"],
            Load = new SegmentationLoadOptions
            {
                BadRecordFound = _ =>
                {
                    met++;
                    cancellation.Cancel();
                },
            },
        };
        CopyScenes(folder);
        File.Delete(folder["in/images/0007.jpg"]);
        Assert.ThrowsExactly<OperationCanceledException>(() => AnnotationConverter.Convert(folder["in/panoptic.json"], folder["out"], format, options, cancellation.Token));
        Assert.AreEqual(1, met);
        Assert.IsFalse(Directory.Exists($"{folder.Path}/out"), "a folder that was not there is gone again");

        // In a folder that was there, what lay there is all that lies there.
        Directory.CreateDirectory(folder["kept"]);
        File.WriteAllText(folder["kept/mine.txt"], "mine");
        Assert.ThrowsExactly<OperationCanceledException>(() => AnnotationConverter.Convert(folder["in/panoptic.json"], folder["kept"], format, options, cancellation.Token));
        CollectionAssert.AreEqual(new[] { folder["kept/mine.txt"] }, Directory.GetFileSystemEntries(folder["kept"], "*", SearchOption.AllDirectories));
    }

    [TestMethod]
    public void Convert_SeveralSplits_KeepsThemApart()
    {
        using var folder = new TemporaryFolder();
        CopyScenes(folder);
        DataSplitter.Split(folder["in/panoptic.json"], folder["parts"], new DataSplitOptions { Annotations = new AnnotationConversionOptions { ImageFolder = folder["in/images"] } });
        IReadOnlyList<ConvertedSplit> written = AnnotationConverter.Convert(folder["parts"], folder["yolo"], AnnotationFormat.Yolo, new AnnotationConversionOptions { ImageFolder = folder["in/images"] });
        CollectionAssert.AreEqual(new[] { "train", "val" }, written.Select(split => split.Split).ToArray());
        Assert.AreEqual(20, written.Sum(split => split.Images));
        Assert.AreEqual(written[1].Images, AnnotationForms.OpenSplit(folder["yolo/data.yaml"], "val", null).Read().Count());
        Assert.AreEqual(written[1].Images, AnnotationConverter.Convert(folder["yolo"], folder["val.json"], AnnotationFormat.CocoInstances, new AnnotationConversionOptions { Split = "val" }).Single().Images);
        Assert.Contains("several splits", Assert.ThrowsExactly<InvalidDataException>(() => AnnotationConverter.Convert(folder["yolo"], folder["all.json"], AnnotationFormat.CocoInstances)).Message);
        Assert.Contains("exists", Assert.ThrowsExactly<IOException>(() => AnnotationConverter.Convert(folder["yolo"], folder["val.json"], AnnotationFormat.CocoInstances, new AnnotationConversionOptions { Split = "val" })).Message);
    }

    [TestMethod]
    public void Convert_BoxesAlone_NeedAFormOfBoxes()
    {
        using var folder = new TemporaryFolder();
        AnnotationConverter.Convert(Scenes, folder["boxes"], AnnotationFormat.VocBoxes, new AnnotationConversionOptions { ImageFolder = Images });
        Assert.Contains("boxes alone", Assert.ThrowsExactly<InvalidDataException>(() => AnnotationConverter.Convert(folder["boxes"], folder["out"], AnnotationFormat.CocoInstances)).Message);
        Assert.AreEqual(20, AnnotationConverter.Convert(folder["boxes"], folder["yolo"], AnnotationFormat.YoloBoxes).Single().Images);
        Assert.AreEqual(20, AnnotationConverter.Convert(folder["yolo"], folder["again"], AnnotationFormat.VocBoxes).Single().Images);
    }

    private static void CopyScenes(TemporaryFolder folder)
    {
        File.Copy(Scenes, folder["in/panoptic.json"]);
        foreach (string part in new[] { "images", "panoptic" })
        {
            foreach (string file in Directory.GetFiles(Path.Combine(Path.GetDirectoryName(Scenes)!, part)))
            {
                File.Copy(file, folder[$"in/{part}/{Path.GetFileName(file)}"]);
            }
        }
    }

    private static bool HasMasks(AnnotationFormat format) => format is not (AnnotationFormat.YoloBoxes or AnnotationFormat.VocBoxes);

    private static bool CopiesPictures(AnnotationFormat format) => format is AnnotationFormat.Yolo or AnnotationFormat.YoloBoxes or AnnotationFormat.Voc or AnnotationFormat.VocBoxes;

    // Label maps have one segment of a class; boxes of VOC's are whole pixels, and YOLO's lose digits.
    private static string[] Described(IReadOnlyList<AnnotatedSegment> segments, AnnotationSource source, AnnotationFormat format, bool hasMasks) =>
        format == AnnotationFormat.Masks
        ? [.. segments.GroupBy(segment => segment.Class).Select(group => $"{source.Classes[group.Key].Name} {RunLengthMask.Union([.. group.Select(segment => segment.Mask!)]).ToCompressed()}")]
        : [.. segments.Select(segment => $"{source.Classes[segment.Class].Name} {(hasMasks ? segment.Mask!.ToCompressed() : string.Join(' ', new[] { segment.Box.X, segment.Box.Y, segment.Box.Right, segment.Box.Bottom }.Select(side => (int)Math.Round(side))))}")];
}
