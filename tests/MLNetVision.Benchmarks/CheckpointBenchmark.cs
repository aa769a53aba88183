using System.Diagnostics;
using System.Globalization;
using MLNetVision.Models.Common.Checkpoints.Formats;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks;

/// <summary>Loading safetensors from the page cache into a module: bytes per second, and the peak of resident memory.</summary>
internal static class CheckpointBenchmark
{
    private const string PeakOption = "--peak";
    private const double Megabyte = 1e6;

    /// <param name="args">The megabytes of the checkpoint, 800 unless given.</param>
    public static void Run(string[] args)
    {
        TorchLibrary.EnsureLoaded();
        if (args is [PeakOption, var path, var count])
        {
            MeasurePeak(path, int.Parse(count, CultureInfo.InvariantCulture));
            return;
        }

        int megabytes = BenchmarkOptions.Positional(args, 0, 800);
        string folder = Directory.CreateTempSubdirectory("mlnetvision-").FullName;
        try
        {
            int layers = Math.Max(1, (int)(megabytes * Megabyte / Layers.BytesPerLayer));
            string file = Path.Combine(folder, "model.safetensors");
            using (var module = new Layers(layers))
            {
                long size = Write(module, file);
                double[] best = InterleavedTimer.Compare(
                    $"{size / Megabyte:f0} MB from the page cache, {layers} layers", 15, Environment.ProcessorCount,
                    ("CheckpointLoader, safetensors", () => Load(module, file)),
                    ("File.ReadAllBytes in pieces, no tensors", () => ReadPlain(file)),
                    ("tensors read, then copied", () => ReadThenCopy(module, file)));
                Console.WriteLine($"  CheckpointLoader: {size / best[0] / 1e9:f2} GB/s");
            }

            // A fresh process: this one's peak is that of writing the file.
            using Process child = Process.Start(Environment.ProcessPath!, ["checkpoint", PeakOption, file, layers.ToString(CultureInfo.InvariantCulture)]);
            child.WaitForExit();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static long Write(Layers module, string file)
    {
        SafetensorsWriter.Write(file, StateDictOrder.Collect(module, null, null));
        return new FileInfo(file).Length;
    }

    private static void Load(Layers module, string file)
    {
        using ICheckpoint checkpoint = Checkpoint.Open(file);
        CheckpointLoader.Load(module, checkpoint, new LoadOptions { Mode = LoadMode.Strict });
    }

    private static void ReadPlain(string file)
    {
        byte[] buffer = new byte[4 << 20];
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        while (stream.Read(buffer) > 0)
        {
        }
    }

    private static void ReadThenCopy(Layers module, string file)
    {
        using ICheckpoint checkpoint = Checkpoint.Open(file);
        using var noGradient = no_grad();
        foreach ((string key, Tensor target) in StateDictOrder.Collect(module, null, null))
        {
            using Tensor stored = checkpoint.Read(key);
            target.copy_(stored);
        }
    }

    private static void MeasurePeak(string file, int layers)
    {
        using Process self = Process.GetCurrentProcess();
        using (var small = new Layers(1))
        {
            // What torch and the runtime need once is not the checkpoint's.
            using ICheckpoint checkpoint = Checkpoint.Open(file);
            CheckpointLoader.Load(small, checkpoint, new LoadOptions { Warning = _ => { } });
        }

        GC.Collect();
        self.Refresh();
        long before = self.WorkingSet64;
        using var module = new Layers(layers);
        Load(module, file);
        self.Refresh();
        long size = new FileInfo(file).Length;
        Console.WriteLine(
            $"  peak of resident memory, model included: {(self.PeakWorkingSet64 - before) / Megabyte:f0} MB for {size / Megabyte:f0} MB, {(double)(self.PeakWorkingSet64 - before) / size:f3} ×");
    }

    /// <summary>A module of large and small tensors that are not initialised.</summary>
    private sealed class Layers : nn.Module
    {
        public const long BytesPerLayer = (4L * Size * Size + Size) * sizeof(float);
        private const int Size = 1024;

        public Layers(int count)
            : base(nameof(Layers))
        {
            for (int i = 0; i < count; i++)
            {
                register_parameter($"weight_{i}", new Parameter(empty(4 * Size, Size)));
                register_parameter($"bias_{i}", new Parameter(empty(Size)));
            }
        }
    }
}
