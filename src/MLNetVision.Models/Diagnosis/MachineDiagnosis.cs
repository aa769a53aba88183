using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using MLNetVision.Imaging.Levels;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Diagnosis.Kernels;
using TorchSharp;

namespace MLNetVision.Models.Diagnosis;

/// <summary>Examines the machine: what there is, and whether it computes what it should.</summary>
public static class MachineDiagnosis
{
    private const double SingleTolerance = 1e-3, BFloat16Tolerance = 1, StepTolerance = 1e-4;

    /// <summary>Examines it, one finding after the other; some take a second, and libtorch is loaded where there is one.</summary>
    /// <param name="hub">Where models are kept; null for what the environment says.</param>
    public static IEnumerable<DiagnosisItem> Examine(HubOptions? hub = null)
    {
        yield return new DiagnosisItem("system", $"{RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}, MLNetVision {Version()}");
        foreach (Func<DiagnosisItem> look in (Func<DiagnosisItem>[])[Processor, Level, BFloat16, Memory, Product, BFloat16Product, Convolution, LibTorch])
        {
            yield return Safely(look);
        }

        if (TorchLibrary.TryLoad())
        {
            foreach (Func<DiagnosisItem> look in (Func<DiagnosisItem>[])[TrainingStep, TorchConvolution, Gpu])
            {
                yield return Safely(look);
            }
        }

        yield return Safely(() => Cache("models", HubSettings.Resolve(hub ?? new HubOptions(), Environment.GetEnvironmentVariable).CacheFolder, "Set HF_HOME to a folder that can be written."));
        yield return Safely(() => Cache("temporary files", Path.GetTempPath(), "Set TMPDIR (TEMP on Windows) to a folder that can be written."));
    }

    private static DiagnosisItem Safely(Func<DiagnosisItem> look)
    {
        try
        {
            return look();
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException or DllNotFoundException or ExternalException or ArgumentException)
        {
            return new DiagnosisItem(look.Method.Name.StartsWith('<') ? "caches" : look.Method.Name, e.Message, DiagnosisState.Bad);
        }
    }

    private static string Version() => typeof(MachineDiagnosis).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "of no version";

    private static DiagnosisItem Processor()
    {
        const string Info = "/proc/cpuinfo";
        string? name = File.Exists(Info)
            ? File.ReadLines(Info).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return new DiagnosisItem("processor", $"{name ?? "of no known name"}, {Environment.ProcessorCount} usable, {KernelThreads.Count} thread(s) compute");
    }

    private static DiagnosisItem Level()
    {
        string has = string.Join(", ", KernelLevels.Available.Select(KernelLevels.Name));
        return new DiagnosisItem("level", $"{KernelLevels.Name(KernelLevels.Current)} (this processor has {has})");
    }

    private static DiagnosisItem BFloat16() => ScoringPrecisions.IsFast(ScoringPrecision.BFloat16)
        ? new DiagnosisItem("bfloat16", "fast: --precision bfloat16, or ScoringPrecision.BFloat16, scores quicker than float32")
        : new DiagnosisItem("bfloat16", "slow: this processor has no instructions for it", DiagnosisState.Note, "Score in float32, which is the default.");

    private static DiagnosisItem Memory()
    {
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        long all = memory.TotalAvailableMemoryBytes >> 20;
        return all >= 2048 ? new DiagnosisItem("memory", $"{all} MB for this process")
            : new DiagnosisItem("memory", $"{all} MB for this process", DiagnosisState.Note, "Training a Mask2Former takes some gigabytes: give the process or its container more, or train with a smaller batch.");
    }

    private static DiagnosisItem Product() => Compare("product", "a product of this library", KernelProbe.Product(ScoringPrecision.Single), SingleTolerance);

    private static DiagnosisItem BFloat16Product() => Compare("product in bfloat16", "a product of this library", KernelProbe.Product(ScoringPrecision.BFloat16), BFloat16Tolerance);

    private static DiagnosisItem Convolution() => Compare("convolution", "a convolution of this library", KernelProbe.Convolution(), SingleTolerance);

    private static DiagnosisItem TrainingStep() => Compare("training step", "a step of training", TrainingProbe.Step(), StepTolerance);

    private static DiagnosisItem Compare(string topic, string what, double difference, double tolerance) => difference <= tolerance
        ? new DiagnosisItem(topic, $"{what} is right (largest difference {difference:g2})")
        : new DiagnosisItem(
            topic, $"{what} is wrong: it differs by {difference:g3}, where at most {tolerance:g2} is rounding", DiagnosisState.Bad,
            $"Set {KernelLevels.VariableName} to another of the processor's levels, such as portable, and report this with the processor's name.");

    private static DiagnosisItem TorchConvolution()
    {
        double difference = TrainingProbe.TorchConvolution();
        return difference <= SingleTolerance
            ? new DiagnosisItem("libtorch's convolution", $"right (largest difference {difference:g2})")
            : new DiagnosisItem(
                "libtorch's convolution", $"wrong on this processor: it differs by {difference:g3}. This library computes its convolutions itself and is not affected", DiagnosisState.Note,
                "Code of your own that calls TorchSharp's convolutions on the CPU gets wrong values.");
    }

    private static DiagnosisItem LibTorch()
    {
        if (!TorchLibrary.TryLoad())
        {
            string? folder = TorchLibrary.Folder;
            return folder is null
                ? new DiagnosisItem("libtorch", "none: pictures are scored on the CPU without it", DiagnosisState.Note, $"Training and GPUs need it: name a folder with libtorch 2.10 by {TorchLibrary.FolderVariable}, such as torch/lib of a Python installation.")
                : new DiagnosisItem("libtorch", $"the one in '{folder}' cannot be loaded: {Reason()}", DiagnosisState.Bad, "Name a folder with the libraries of libtorch 2.10 for this system.");
        }

        using var process = Process.GetCurrentProcess();
        string? file = process.Modules.Cast<ProcessModule>().Select(module => module.FileName).FirstOrDefault(name => Path.GetFileNameWithoutExtension(name).EndsWith("torch_cpu", StringComparison.Ordinal));
        return new DiagnosisItem("libtorch", $"loaded from {Path.GetDirectoryName(file) ?? "an unknown place"}{(TorchLibrary.Folder is null ? string.Empty : ", as asked")}");
    }

    private static string Reason()
    {
        try
        {
            TorchLibrary.EnsureLoaded();
            return string.Empty;
        }
        catch (DllNotFoundException e)
        {
            return e.Message;
        }
    }

    private static DiagnosisItem Gpu()
    {
        if (!torch.cuda.is_available())
        {
            return new DiagnosisItem("GPU", "none that this libtorch can use", DiagnosisState.Note, "For an NVIDIA GPU take libtorch's build for CUDA 12.8 (the package TorchSharp-cuda-linux or TorchSharp-cuda-windows, or a Python installation's) and a driver that goes with it.");
        }

        int count = torch.cuda.device_count();
        return new DiagnosisItem("GPU", $"{count} CUDA device{(count == 1 ? " (cuda:0)" : $"s (cuda:0 to cuda:{count - 1})")}{(Tf32.IsOn ? ", products in TF32" : string.Empty)}");
    }

    private static DiagnosisItem Cache(string what, string folder, string remedy)
    {
        try
        {
            Directory.CreateDirectory(folder);
            string probe = Path.Combine(folder, $".mlnetvision-{Guid.NewGuid():N}");
            File.WriteAllText(probe, string.Empty);
            File.Delete(probe);
            long free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace >> 20;
            return free >= 1024
                ? new DiagnosisItem($"cache of {what}", $"{folder}, {free} MB free")
                : new DiagnosisItem($"cache of {what}", $"{folder}, only {free} MB free", DiagnosisState.Note, remedy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DiagnosisItem($"cache of {what}", $"{folder} cannot be written: {e.Message}", DiagnosisState.Bad, remedy);
        }
    }
}
