using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.TorchSharp.AutoFormerV2;
using Microsoft.ML.Transforms.Image;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Levit;
using MLNetVision.Models.Common.Native;
using TorchSharp;

// Both packages' trainings use one libtorch.
[assembly: DoNotParallelize]

namespace MLNetVision.Tests.MLNetTorchSharp;

[TestClass]
public sealed class BothTrainTests
{
    private const int Side = 64;
    private string _folder = string.Empty;

    [AssemblyInitialize]
    public static void LoadTorch(TestContext context)
    {
        TorchLibrary.EnsureLoaded();
        torch.set_num_threads(1);
    }

    [TestInitialize]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("mlnetvision-peer-").FullName;

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    /// <summary>If this fails, Microsoft has built its package with a TorchSharp of today: <see cref="AdaptedDetection"/> may go.</summary>
    [TestMethod]
    public void MLNetTorchSharp_TorchSharpOfToday_LacksOneOfItsMembers()
    {
        IReadOnlyList<string> missing = AdaptedDetection.MissingMembers();
        Assert.HasCount(1, missing, string.Join('\n', missing));
        StringAssert.Contains(missing[0], "functional::interpolate");
    }

    [TestMethod]
    public void ObjectDetection_AsPublished_FailsInItsFirstPass()
    {
        using var network = new AutoFormerV2(2, [64, 128, 256, 448], [2, 2, 6, 2], [2, 4, 8, 14], torch.CPU);
        using torch.Tensor picture = torch.zeros(1, 3, Side, Side);
        Assert.ThrowsExactly<MissingMethodException>(() => network.forward(picture));
    }

    [TestMethod]
    public void Trainings_BothPackagesInOneProcess_LeaveEachOtherAlone()
    {
        var ml = new MLContext(seed: 1) { TempFilePath = _folder };
        float[] alone = TrainLevit(ml);

        AdaptedDetection detection = AdaptedDetection.Load();
        detection.WriteWeights(ml, classes: 2);
        IDataView scenes = Scenes(ml);
        ITransformer detector = detection.Fit(ml, scenes);
        IDataView scored = detector.Transform(scenes);

        // ML.NET's trainer seeds libtorch's global generator, which ours does not read.
        CollectionAssert.AreEqual(alone, TrainLevit(ml));

        // Its rows have the columns that our evaluation reads by default.
        InstanceMetrics ours = ml.ObjectDetection.Evaluate(scored);
        Assert.AreEqual(Scenes().Count, ours.ImageCount);
        Assert.IsTrue(ours.AveragePrecision is >= 0 and <= 1, ours.ToString());
        CollectionAssert.AreEqual(new[] { "disk", "square" }, ours.PerClass.Select(c => c.Name).Order().ToArray());
        int found = scored.GetColumn<VBuffer<float>>("Score").Sum(scores => scores.Length);
        Assert.IsGreaterThan(0, found);
        ObjectDetectionMetrics theirs = Evaluations.Theirs(ml, scored);
        Assert.IsTrue(theirs.MAP50 is >= 0 and <= 1);
        (detector as IDisposable)?.Dispose();
    }

    private static float[] TrainLevit(MLContext ml)
    {
        var pictures = Enumerable.Range(0, 8).Select(i => new LabelledPicture { Label = i % 2 == 0 ? "dark" : "light", Image = Picture(i, 32) }).ToList();
        IDataView data = ml.Data.LoadFromEnumerable(pictures);
        var options = new LevitTrainer.Options
        {
            Config = new() { ImageSize = 32, HiddenSizes = [16, 24, 32], NumAttentionHeads = [1, 2, 2], Depths = [1, 1, 1], KeyDim = [8, 8, 8] },
            Preprocessing = new() { Size = Imaging.Pictures.ImageSize.Fixed(32, 32), DoCenterCrop = false },
            Training = new() { Epochs = 2, BatchSize = 4, ComputeThreads = 1 },
        };
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label").Append(ml.MulticlassClassification.Trainers.Levit(options)).Fit(data);
        return [.. model.Transform(data).GetColumn<float[]>("Score").SelectMany(scores => scores)];
    }

    private static IDataView Scenes(MLContext ml)
    {
        IDataView data = ml.Data.LoadFromEnumerable(Scenes());
        return ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private static List<Scene> Scenes() => [.. Enumerable.Range(0, 2).Select(i => new Scene
    {
        Image = Picture(i, Side),
        Label = i == 0 ? ["disk", "square"] : ["square"],
        BoundingBoxes = i == 0 ? [4, 4, 30, 30, 32, 20, 60, 60] : [8, 8, 50, 50],
    })];

    private static MLImage Picture(int i, int side)
    {
        byte[] pixels = new byte[side * side * 4];
        new Random(i).NextBytes(pixels);
        for (int p = 0; p < pixels.Length; p++)
        {
            pixels[p] = p % 4 == 3 ? (byte)255 : (byte)((pixels[p] >> 1) + (i % 2 == 0 ? 0 : 128));
        }

        return MLImage.CreateFromPixels(side, side, MLPixelFormat.Rgba32, pixels);
    }

    private sealed class LabelledPicture
    {
        public string Label { get; set; } = string.Empty;

        [ImageType(32, 32)]
        public MLImage Image { get; set; } = null!;
    }

    private sealed class Scene
    {
        [ImageType(Side, Side)]
        public MLImage Image { get; set; } = null!;

        public string[] Label { get; set; } = [];

        public float[] BoundingBoxes { get; set; } = [];
    }
}
