using System.Globalization;
using System.Text.RegularExpressions;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.PostProcessing;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Parity;

/// <summary>The sample ScoreWithoutTorch, in whose folder there is no libtorch: it answers as the modules do.</summary>
[TestClass]
public sealed partial class ScoreWithoutTorchSampleTests
{
    private const string NotLoaded = "libtorch is not in the process";

    private static string OutputFolder { get; } = Path.Combine(
        Goldens.RepositoryFolder(), "samples", "ScoreWithoutTorch", "bin", Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!,
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)));

    private static string[] Pictures => [.. Directory.EnumerateFiles(Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test", "images")).Order(StringComparer.Ordinal).Take(2)];

    [TestMethod]
    public void OutputFolder_OfTheSample_HasNoLibTorch()
    {
        string[] files = [.. Directory.EnumerateFiles(OutputFolder, "*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file))];
        Assert.Contains("MLNetVision.Models.dll", files);
        Assert.IsEmpty(files.Where(IsLibTorch));
        Assert.IsNotEmpty(Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories).Where(file => IsLibTorch(Path.GetFileName(file))));
    }

    public static IEnumerable<object[]> LevitCheckpoints => Goldens.Names(
        "checkpoints", golden => golden.Has("folder") && golden.Text("class") == nameof(LevitForImageClassificationWithTeacher)).Take(1); // a process each

    [TestMethod]
    [DynamicData(nameof(LevitCheckpoints))]
    public async Task Levit_GoldenCheckpoint_ClassifiesAsTheModel(string name)
    {
        string folder = Path.Combine(Goldens.Root, "checkpoints", Goldens.Load("checkpoints", name).Text("folder"));
        string[] lines = await Run(folder);
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        using LevitForImageClassificationWithTeacher model = LevitForImageClassificationWithTeacher.FromPretrained(folder);
        Tensor probabilities = model.call(LevitImageProcessor.FromPretrained(folder).Process([.. Pictures.Select(ImageSource.FromFile)])).Logits.softmax(-1);
        for (int i = 0; i < Pictures.Length; i++)
        {
            int best = (int)probabilities[i].argmax().item<long>();
            StringAssert.StartsWith(lines[i], $"{Path.GetFileName(Pictures[i])}: {model.Config.Labels[best]} ");
            Assert.AreEqual(probabilities[i][best].item<float>(), float.Parse(lines[i].Split(' ')[^1], CultureInfo.InvariantCulture), 1e-4f);
        }
    }

    [TestMethod]
    public async Task Mask2Former_PretrainedSample_SegmentsAsTheModel()
    {
        string folder = Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes");
        var lines = new Queue<string>(await Run(folder));
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        using Mask2FormerForUniversalSegmentation model = Mask2FormerForUniversalSegmentation.FromPretrained(folder);
        Mask2FormerImageProcessor processor = Mask2FormerImageProcessor.FromPretrained(folder);
        foreach (string picture in Pictures)
        {
            (int width, int height) = ImageDecoder.ReadSize(picture);
            using Mask2FormerInputs inputs = processor.Process(ImageSource.FromFile(picture));
            Mask2FormerSegmentationOutput output = model.call(inputs.PixelValues, Mask2FormerOutputs.Prediction);
            SegmentationResult expected = Mask2FormerPostProcessor.Panoptic(output.ClassQueriesLogits, output.MasksQueriesLogits!, [TargetSize.Of(inputs, 0, height, width)])[0];
            Assert.IsNotEmpty(expected.Segments);
            Assert.AreEqual($"{Path.GetFileName(picture)}: {expected.Segments.Count} segments", lines.Dequeue());
            foreach (PredictedSegment segment in expected.Segments)
            {
                Match line = SegmentLine().Match(lines.Dequeue());
                Assert.AreEqual(model.Config.Labels[segment.LabelId], line.Groups["label"].Value);
                Assert.AreEqual(segment.Score, float.Parse(line.Groups["score"].Value, CultureInfo.InvariantCulture), 1e-3f);
                Assert.AreEqual(segment.Area, long.Parse(line.Groups["area"].Value, CultureInfo.InvariantCulture), 2.0);
            }
        }
    }

    [TestMethod]
    [DataRow(0, true, "--help")]
    [DataRow(2, false)]
    [DataRow(2, false, "folder", "no-such-picture.png")]
    public async Task Sample_WhatItCannotUse_PrintsUsageAndWhatIsWrong(int code, bool onOutput, params string[] arguments)
    {
        FreshProcessResult result = await FreshProcess.RunToolAsync(null, [Path.Combine(OutputFolder, "ScoreWithoutTorch.dll"), .. arguments]);
        Assert.AreEqual(code, result.ExitCode, result.Error);
        Assert.Contains("ScoreWithoutTorch FOLDER PICTURE...", onOutput ? result.Output : result.Error);
        if (arguments is [_, var picture])
        {
            Assert.Contains(picture, result.Error);
        }
    }

    private static async Task<string[]> Run(string checkpoint)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Inconclusive("What a process has loaded is read from /proc.");
        }

        var environment = new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "1" };
        FreshProcessResult result = await FreshProcess.RunToolAsync(environment, [Path.Combine(OutputFolder, "ScoreWithoutTorch.dll"), checkpoint, .. Pictures]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.AreEqual(NotLoaded, lines[^1]);
        return lines[..^1];
    }

    private static bool IsLibTorch(string file) => file.StartsWith("libtorch", StringComparison.Ordinal) || file.StartsWith("torch_cpu", StringComparison.Ordinal) || file.StartsWith("libc10", StringComparison.Ordinal);

    [GeneratedRegex(@"^  (?<label>.+) (?<score>[0-9.]+), (?<area>[0-9]+) pixels$")]
    private static partial Regex SegmentLine();
}
