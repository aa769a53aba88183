using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Losses;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Targets;
using MLNetVision.Models.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks.Gpu;

/// <summary>Both models on a GPU: what is scored and trained in a second, least times of repeated calls.</summary>
/// <remarks>
/// The parts, each a line or a few: levit, levit-tf32, levit-bf16, mask2former, mask2former-tf32, mask2former-bf16, step (the
/// training step with its parts), profile (the same, with the calls of CUDA counted), levit-training. With --device cpu and
/// small numbers it can be tried anywhere.
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
        BenchmarkOptions options = BenchmarkOptions.Parse(arguments, "device", "parts", "calls", "presets", "batches", "sizes", "step-batches", "side", "forms", "training-batch");
        TorchLibrary.EnsureLoaded();
        var benchmark = new GpuBenchmark(options);
        foreach (string part in options.List("parts", "levit,levit-tf32,levit-bf16,mask2former,mask2former-tf32,mask2former-bf16,step,levit-training"))
        {
            SetTf32(part.EndsWith("-tf32", StringComparison.Ordinal));
            ScalarType type = part.EndsWith("-bf16", StringComparison.Ordinal) ? ScalarType.BFloat16 : ScalarType.Float32;
            switch (part)
            {
                case "levit" or "levit-tf32" or "levit-bf16":
                    benchmark.Levit(part, type);
                    break;
                case "mask2former" or "mask2former-tf32" or "mask2former-bf16":
                    benchmark.Mask2Former(part, type);
                    break;
                case "step" or "profile":
                    benchmark.Steps(part == "profile");
                    break;
                case "levit-training":
                    benchmark.LevitTraining();
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

    private void Steps(bool profiled)
    {
        int side = _options.Number("side", 384);
        foreach (string form in _options.List("forms", "batched,layerwise"))
        {
            foreach (int batch in _options.List("step-batches", "1,8").Select(text => BenchmarkOptions.ParseNumber(text, "--step-batches")))
            {
                Step(batch, side, form == "batched", profiled);
            }
        }
    }

    private void Step(int batch, int side, bool batched, bool profiled)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Mask2FormerForUniversalSegmentation(new Mask2FormerConfig { Labels = PretrainedConfig.DefaultLabels(133) });
        model.to(_device).train();
        Tensor pixels = rand([batch, 3, side, side], device: _device);
        SegmentationTarget[] images = [.. Enumerable.Range(0, batch).Select(_ => TrainingStepBenchmark.Discs(10, side).To(_device))];
        var targets = new SegmentationTargets(images, side, side);
        var criterion = new SegmentationCriterion(Mask2FormerTraining.CriterionOptions(model.Config), new SeededPointSource(1)) { Batched = batched };
        double[] best = [double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity];
        string[] calls = new string[3];
        float loss = 0;
        for (int i = 0; i < (batch == 1 ? 3 * _calls : _calls) + 2; i++)
        {
            using DisposeScope step = NewDisposeScope();
            using GraphMemory memory = GraphMemory.Begin();
            SegmentationPredictions? predictions = null;
            CriterionResult? result = null;
            double forward = Time(0, () => predictions = Mask2FormerTraining.Predict(model, pixels));
            double criterionTime = Time(1, () =>
            {
                result = criterion.Compute(predictions!, targets);
                loss = result.ToValues().Total;
            });
            double backward = Time(2, () => result!.Total.backward());
            double[] times = [forward, criterionTime, backward, forward + criterionTime + backward];
            best = [.. best.Zip(times, Math.Min)];
            model.zero_grad(); // as the peers do it: the next pass sets the gradients, it does not add to them
        }

        Print($"step {side}×{side}, batch {batch}, {(batched ? "batched" : "layerwise")}: forward {best[0]:f1}, criterion {best[1]:f1}, backward {best[2]:f1}, whole {best[3]:f1} ms; loss {loss:f3}; whole device {_timer.UsedMegabytes():f0} MB");
        if (profiled)
        {
            Print($"  forward: {calls[0]}\n  criterion: {calls[1]}\n  backward: {calls[2]}");
        }

        Array.ForEach(images, image => image.Dispose());

        double Time(int part, Action action)
        {
            _timer.Synchronize();
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            calls[part] = GpuCalls.Describe(action, 1);
            double returned = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            _timer.Synchronize();
            calls[part] += $"; the host was back after {returned:f1} ms";
            return System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
    }

    private void LevitTraining()
    {
        int count = _options.Number("training-batch", 256);
        foreach (string preset in _options.List("presets", "levit-128S,levit-256"))
        {
            using DisposeScope scope = NewDisposeScope();
            using var generator = new Generator(1);
            using var module = new LevitForImageClassification(LevitPresets.Get(preset), LevitInitialization.Original, generator);
            module.to(_device);
            var options = new LevitTrainingOptions();
            LevitStudent student = LevitStudent.Of(module);
            using var model = new TrainingModel(new LevitTrainee(student, options), options.WeightAverageDecay, options.GradientClipping);
            using var objective = new ClassificationObjective(options, module.Config.NumLabels, _device);
            using var scaling = new InputScaling(new LevitImageProcessorConfig(), _device);
            var step = new ClassificationStep(student, objective, scaling);
            using var batch = new LabelledPictures(
                randint(0, 256, [count, 224, 224, 3], dtype: ScalarType.Byte, generator: generator), arange(count, dtype: ScalarType.Int64).remainder_(module.Config.NumLabels));
            using var there = new LabelledPictures(batch.Pixels.to(_device), batch.Classes.to(_device));
            model.Train();
            int number = 0;
            int calls = Math.Max(1, _calls / 2);
            double time = _timer.Milliseconds(calls, () => Take(batch)), resident = _timer.Milliseconds(calls, () => Take(there));
            Print($"levit-training {preset}: {count / time * 1e3:f0} images/s at batch {count} (upload, scaling, step, norm, AdamW), {count / resident * 1e3:f0} with the pictures there; {GpuCalls.Describe(() => Take(batch), 1)} whole device {_timer.UsedMegabytes():f0} MB");

            void Take(LabelledPictures pictures)
            {
                model.BeginStep(new RandomStream(options.Seed, RandomPurpose.Layers, 0, number++));
                model.Update(step.Backward([(pictures, BatchMixing.None)]).Loss, 1e-4);
            }
        }
    }

    private static void Infer(Action action)
    {
        using DisposeScope scope = NewDisposeScope();
        using var guard = inference_mode();
        action();
    }

    private static void Print(string line)
    {
        Console.WriteLine(line);
        Console.Out.Flush();
    }
}
