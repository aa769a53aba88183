using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNetVision.Benchmarks.Peers;
using MLNetVision.Levit;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using TorchSharp;

namespace MLNetVision.Benchmarks;

/// <summary>
/// Scores picture files end to end through ML.NET: ApplyLevit against ML.NET's own pipeline of loading, resizing, extracting
/// and ApplyOnnxModel with the same network. Resizing differs (ML.NET's takes the nearest pixel), so answers are not compared.
/// The stages' shares, and what overlapping them gains, are measured in the same run.
/// </summary>
internal static class PipelineSpeed
{
    private const string Architecture = "levit-128S";

    /// <summary>PICTURES PEERS [COUNT] [SECONDS]: the JPEG files of a folder, repeated; the folder of the peers.</summary>
    public static void Run(string[] arguments)
    {
        string[] files = BenchmarkOptions.Files(BenchmarkOptions.Folder(arguments, 0, "the pictures"), ".jpg");
        int count = BenchmarkOptions.Positional(arguments, 2, 128);
        int seconds = BenchmarkOptions.Positional(arguments, 3, 60);
        PeerFile peer = PeerFile.Find(PeerFile.List(BenchmarkOptions.Folder(arguments, 1, "the peers")), $"{Architecture}.folded-onnx");
        string checkpoint = SaveCheckpoint();
        var ml = new MLContext();
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Row { Image = files[i % files.Length] }).ToArray());
        ITransformer levit = ml.Transforms.ApplyLevit(checkpoint).Fit(data);
        Directory.Delete(checkpoint, recursive: true);
        ITransformer onnx = ml.Transforms.LoadImages("Pixels", string.Empty, "Image")
            .Append(ml.Transforms.ResizeImages("Pixels", 224, 224, "Pixels", ImageResizingEstimator.ResizingKind.IsoCrop))
            .Append(ml.Transforms.ExtractPixels("pixel_values", "Pixels", scaleImage: 1 / 58f, offsetImage: 116f))
            .Append(ml.Transforms.ApplyOnnxModel(["logits"], ["pixel_values"], peer.Unpack(), new Dictionary<string, int[]> { ["pixel_values"] = [1, 3, 224, 224] }, gpuDeviceId: null, fallbackToCpu: false))
            .Fit(data);
        using var stages = new PipelineStages(Architecture, LevitTransformer.DefaultBatchSize, [.. Enumerable.Range(0, count).Select(i => files[i % files.Length])]);
        string[] names = ["reading", "decoding", "preprocessing", "model"];
        List<(string Name, Action Run)> ways =
        [
            ("ApplyLevit, batches that overlap", () => Read(levit.Transform(data), "Score")),
            ("the same work, one stage after the other", stages.RunInTurn),
            .. names.Zip<string, Action, (string, Action)>([stages.ReadFiles, stages.Decode, stages.Preprocess, stages.RunModel], (name, run) => ($"{name} alone", run)),
        ];
        PeerFile[] right = PeerChecks.Right([peer], file => new OnnxEngine(file.Unpack(), [.. file.Input().data<float>()], file.Input().shape, Environment.ProcessorCount));
        ways.AddRange(right.Select(_ => ("LoadImages … ApplyOnnxModel", (Action)(() => Read(onnx.Transform(data), "logits")))));
        double[] best = InterleavedTimer.Compare($"{count} JPEG files through ML.NET, {Architecture}", seconds, Environment.ProcessorCount, [.. ways]);
        double[] shares = best[2..6];
        Console.WriteLine($"  images/s: {string.Join(", ", best[..2].Concat(best[6..]).Select(time => $"{count / time:f1}"))}");
        Console.WriteLine($"  shares of the stages: {string.Join(", ", names.Zip(shares, (name, time) => $"{name} {100 * time / shares.Sum():f1} %"))}");
        Console.WriteLine($"  overlapping takes {best[0] / shares.Sum():f2} of the sum of the stages, {best[0] / best[1]:f2} of one after the other");
    }

    /// <summary>PICTURES [PREDICTIONS]: resident memory over many predictions by one engine.</summary>
    public static void Memory(string[] arguments)
    {
        string[] files = BenchmarkOptions.Files(BenchmarkOptions.Folder(arguments, 0, "the pictures"), ".jpg", ".png");
        int count = BenchmarkOptions.Positional(arguments, 1, 100_000);
        var ml = new MLContext();
        string checkpoint = SaveCheckpoint(new LevitConfig { ImageSize = 32, HiddenSizes = [32, 64, 96], NumAttentionHeads = [2, 4, 6], Depths = [2, 2, 2] });
        IDataView none = ml.Data.LoadFromEnumerable<Row>([]);
        using PredictionEngine<Row, Prediction> engine = ml.Model.CreatePredictionEngine<Row, Prediction>(ml.Transforms.ApplyLevit(checkpoint).Fit(none));
        Directory.Delete(checkpoint, recursive: true);
        var watch = Stopwatch.StartNew();
        for (int i = 1; i <= count; i++)
        {
            engine.Predict(new Row { Image = files[i % files.Length] });
            if (i % Math.Max(1, count / 10) == 0)
            {
                // What the collector has merely not looked at yet is no growth.
                GC.Collect();
                GC.WaitForPendingFinalizers();
                Console.WriteLine($"{i,8} predictions, {i / watch.Elapsed.TotalSeconds:f0} a second, resident {Environment.WorkingSet / 1048576.0:f1} MiB, managed {GC.GetTotalMemory(false) / 1048576.0:f1} MiB");
            }
        }
    }

    private static void Read(IDataView scored, string column)
    {
        foreach (float[] scores in scored.GetColumn<float[]>(column))
        {
            GC.KeepAlive(scores);
        }
    }

    private static string SaveCheckpoint(LevitConfig? config = null)
    {
        config ??= LevitPresets.Get(Architecture);
        string folder = Path.Combine(Path.GetTempPath(), $"mlnetvision-benchmark-{Environment.ProcessId}");
        using var generator = new torch.Generator(1);
        using var model = new LevitForImageClassification(config, LevitInitialization.HuggingFace, generator);
        PretrainedFolder.Save(folder, model, config);
        return folder;
    }

    private sealed class Row
    {
        public string Image { get; set; } = string.Empty;
    }

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }
}
