using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Diagnosis;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Training.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks.Gpu;

/// <summary>Both models on a GPU: what is scored and trained in a second, least times of repeated calls.</summary>
/// <remarks>
/// The parts, each a line or a few: doctor, levit, mask2former, step (the training step with its parts), profile (the same, with the
/// calls of CUDA counted), levit-training, memory (before, with and after a model); all but doctor and memory also with -tf32 or
/// -bf16 behind. With --device cpu and small numbers it can be tried anywhere.
/// </remarks>
internal sealed class GpuBenchmark
{
    private readonly Device _device;
    private readonly GpuTimer _timer;
    private readonly BenchmarkOptions _options;
    private readonly int _calls;

    private GpuBenchmark(BenchmarkOptions options)
    {
        _options = options;
        _device = new Device(options.Text("device", "cuda"));
        _timer = new GpuTimer(_device);
        _calls = options.Number("calls", 10);
    }

    public static void Run(string[] arguments)
    {
        BenchmarkOptions options = BenchmarkOptions.Parse(arguments, "device", "parts", "calls", "presets", "batches", "sizes", "step-batches", "side", "forms", "training-batch", "checkpoint");
        TorchLibrary.EnsureLoaded();
        var benchmark = new GpuBenchmark(options);
        foreach (string part in options.List("parts", "doctor,levit,levit-tf32,levit-bf16,mask2former,mask2former-tf32,mask2former-bf16,step,step-tf32,step-bf16,levit-training,levit-training-tf32,levit-training-bf16"))
        {
            bool tf32 = part.EndsWith("-tf32", StringComparison.Ordinal), rounded = part.EndsWith("-bf16", StringComparison.Ordinal);
            SetTf32(tf32);
            ScalarType type = rounded ? ScalarType.BFloat16 : ScalarType.Float32;
            switch (tf32 || rounded ? part[..^5] : part)
            {
                case "doctor":
                    Doctor();
                    break;
                case "levit":
                    benchmark.Levit(part, type);
                    break;
                case "mask2former":
                    benchmark.Mask2Former(part, type);
                    break;
                case "memory":
                    benchmark.Memory();
                    break;
                case "step" or "profile" or "levit-training":
                    new GpuTraining(options, benchmark._device, part, rounded ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32).Run();
                    break;
                default:
                    throw new BenchmarkUsageException($"Unknown part '{part}'.");
            }
        }
    }

    private static void SetTf32(bool allowed)
    {
        backends.cuda.matmul.allow_tf32 = allowed;
        backends.cudnn.allow_tf32 = allowed;
    }

    private void Levit(string part, ScalarType type)
    {
        string[] batches = _options.List("batches", type == ScalarType.Float32 && part == "levit" ? "1,32,256" : "256");
        foreach (string preset in _options.List("presets", string.Join(',', LevitPresets.Names)))
        {
            using DisposeScope scope = NewDisposeScope();
            using var model = new LevitForImageClassificationWithTeacher(LevitPresets.Get(preset));
            model.to(_device).to(type).eval();
            using var fused = new LevitTorchScorer(model.Config, new WeightScope(new TensorWeights(model.state_dict())), new LevitFusedPlace(_device, type));
            var rates = new List<string>();
            foreach (int batch in batches.Select(text => BenchmarkOptions.ParseNumber(text, "--batches")))
            {
                Tensor pixels = rand([batch, 3, 224, 224], device: _device, dtype: type);
                double time = _timer.Milliseconds(2 * _calls, () => Infer(() => model.call(pixels)));
                double folded = _timer.Milliseconds(2 * _calls, () => Infer(() => fused.Logits(pixels)));
                rates.Add($"batch {batch} {batch / time * 1e3:f0} (fused {batch / folded * 1e3:f0})");
            }

            Print($"{part} {preset}: images/s {string.Join(", ", rates)}");
        }
    }

    private void Mask2Former(string part, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Mask2FormerForUniversalSegmentation(new Mask2FormerConfig { Labels = PretrainedConfig.DefaultLabels(133) });
        model.to(_device).to(type).eval();
        foreach (string size in _options.List("sizes", "1x384x384,8x384x384,1x800x1088"))
        {
            long[] numbers = [.. size.Split('x').Select(text => (long)BenchmarkOptions.ParseNumber(text, "--sizes"))];
            Tensor pixels = rand([numbers[0], 3, numbers[1], numbers[2]], device: _device, dtype: type);
            string calls = GpuCalls.Describe(() => Infer(() => model.forward(pixels)), 2);
            double time = _timer.Milliseconds(_calls, () => Infer(() => model.forward(pixels)));
            Print($"{part} {size}: {time:f2} ms {calls}");
        }
    }

    private static void Doctor()
    {
        foreach (DiagnosisItem item in MachineDiagnosis.Examine())
        {
            Print($"doctor {item.Topic}: {item.Finding} [{item.State}]");
        }
    }

    // Whole-device memory, of which libtorch keeps what was disposed of for what comes next.
    private void Memory()
    {
        int? gpu = _device.type == DeviceType.CUDA ? Math.Max(0, _device.index) : null;
        string checkpoint = _options.Text("checkpoint", "samples/pretrained/digit-scenes");
        var megabytes = new List<double> { _timer.UsedMegabytes() };
        for (int round = 0; round < 3; round++)
        {
            using (var segmenter = Mask2FormerSegmenter.FromPretrained(checkpoint, new PipelineOptions { GpuDeviceId = gpu }))
            {
                segmenter.Segment(ImageSource.FromImage(new RgbImage(640, 480)));
                megabytes.Add(_timer.UsedMegabytes());
            }

            megabytes.Add(_timer.UsedMegabytes());
        }

        Print($"memory: {megabytes[0]:f0} MB before; with a segmenter and after it was disposed of, three times: {string.Join(", ", megabytes.Skip(1).Select(used => $"{used:f0}"))} MB of the whole device");
    }

    private static void Infer(Action action)
    {
        using DisposeScope scope = NewDisposeScope();
        using var guard = inference_mode();
        action();
    }

    internal static void Print(string line)
    {
        Console.WriteLine(line);
        Console.Out.Flush();
    }
}
