using System.Diagnostics;
using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Losses;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Targets;
using MLNetVision.Models.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks.Gpu;

/// <summary>Training steps of both models on a GPU, part by part: what the passes cost, and what the optimiser adds.</summary>
internal sealed class GpuTraining(BenchmarkOptions options, Device device, string part, TrainingPrecision precision)
{
    private readonly GpuTimer _timer = new(device);
    private readonly int _calls = options.Number("calls", 10);
    private readonly ScalarType _inputType = precision == TrainingPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    public void Run()
    {
        if (part.StartsWith("levit-training", StringComparison.Ordinal))
        {
            Levit();
            return;
        }

        foreach (string form in options.List("forms", "batched,layerwise"))
        {
            foreach (int batch in options.List("step-batches", "1,8").Select(text => BenchmarkOptions.ParseNumber(text, "--step-batches")))
            {
                Step(batch, options.Number("side", 384), form == "batched");
            }
        }
    }

    private void Step(int batch, int side, bool batched)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Mask2FormerForUniversalSegmentation(new Mask2FormerConfig { Labels = PretrainedConfig.DefaultLabels(133) });
        model.to(device);
        using var trainee = new Mask2FormerTrainee(model, new SegmentationTrainingOptions { Precision = precision });
        trainee.Running.train();
        Tensor pixels = rand([batch, 3, side, side], device: device).to(_inputType);
        SegmentationTarget[] images = [.. Enumerable.Range(0, batch).Select(_ => TrainingStepBenchmark.Discs(10, side).To(device))];
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
            double forward = Time(0, () => predictions = Mask2FormerTraining.Predict(trainee.RunningModel, pixels));
            double criterionTime = Time(1, () =>
            {
                result = criterion.Compute(predictions!, targets);
                loss = result.ToValues().Total;
            });
            double backward = Time(2, () => result!.Total.backward());
            double[] times = [forward, criterionTime, backward, forward + criterionTime + backward];
            best = [.. best.Zip(times, Math.Min)];
            trainee.Running.zero_grad(); // as the peers do it: the next pass sets the gradients, it does not add to them
        }

        // With what a training adds: clearing, the gradients' norm, AdamW and, in bfloat16, the copies to and from the masters; nothing waits between the passes.
        double whole = double.NaN;
        var trained = new Mask2FormerTrainee(model, new SegmentationTrainingOptions { Precision = precision });
        using (var training = new TrainingModel(trained, averageDecay: null, clipping: 0.01))
        {
            training.Train();
            int number = 0;
            whole = _timer.Milliseconds(Math.Max(1, _calls / 2), () =>
            {
                using DisposeScope step = NewDisposeScope();
                using GraphMemory memory = GraphMemory.Begin();
                training.BeginStep(new RandomStream(1, RandomPurpose.Layers, 0, number++));
                CriterionResult result = criterion.Compute(Mask2FormerTraining.Predict(trained.RunningModel, pixels), targets);
                Tensor values = result.OnDevice();
                result.Total.backward();
                training.Update(new StepLosses(values, numbers => new StepSum(numbers[0], batch)), 1e-6);
            });
        }

        GpuBenchmark.Print($"{part} {side}×{side}, batch {batch}, {(batched ? "batched" : "layerwise")}: forward {best[0]:f1}, criterion {best[1]:f1}, backward {best[2]:f1}, whole {best[3]:f1} ms; as in training, with norm and AdamW {whole:f1} ms; loss {loss:f3}; whole device {_timer.UsedMegabytes():f0} MB");
        if (part.StartsWith("profile", StringComparison.Ordinal))
        {
            GpuBenchmark.Print($"  forward: {calls[0]}\n  criterion: {calls[1]}\n  backward: {calls[2]}");
        }

        Array.ForEach(images, image => image.Dispose());

        double Time(int which, Action action)
        {
            _timer.Synchronize();
            long start = Stopwatch.GetTimestamp();
            calls[which] = GpuCalls.Describe(action, 1);
            double returned = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            _timer.Synchronize();
            double done = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            calls[which] += $" the call returned after {returned:f1} of {done:f1} ms";
            return done;
        }
    }

    private void Levit()
    {
        int count = options.Number("training-batch", 256);
        foreach (string preset in options.List("presets", "levit-128S,levit-256"))
        {
            using DisposeScope scope = NewDisposeScope();
            using var generator = new Generator(1);
            using var module = new LevitForImageClassification(LevitPresets.Get(preset), LevitInitialization.Original, generator);
            module.to(device);
            var settings = new LevitTrainingOptions { Precision = precision };
            var trainee = new LevitTrainee(LevitStudent.Of(module), settings);
            using var model = new TrainingModel(trainee, settings.WeightAverageDecay, settings.GradientClipping);
            using var objective = new ClassificationObjective(settings, module.Config.NumLabels, device);
            using var scaling = new InputScaling(new LevitImageProcessorConfig(), device);
            var step = new ClassificationStep(trainee.RunningStudent, objective, scaling, readsLate: true);
            using var batch = new LabelledPictures(
                randint(0, 256, [count, 224, 224, 3], dtype: ScalarType.Byte, generator: generator), arange(count, dtype: ScalarType.Int64).remainder_(module.Config.NumLabels));
            Tensor pixels = rand([count, 3, 224, 224], device: device).to(_inputType), classes = batch.Classes.to(device);
            model.Train();
            int number = 0, calls = Math.Max(1, _calls / 2);
            double whole = _timer.Milliseconds(calls, Take), passes = _timer.Milliseconds(calls, Pass);
            GpuBenchmark.Print($"{part} {preset}: {count / whole * 1e3:f0} images/s at batch {count} (upload, scaling, passes, norm, AdamW), {count / passes * 1e3:f0} by the passes alone; {GpuCalls.Describe(Take, 1)} whole device {_timer.UsedMegabytes():f0} MB");

            void Take()
            {
                using DisposeScope own = NewDisposeScope();
                model.BeginStep(new RandomStream(settings.Seed, RandomPurpose.Layers, 0, number++));
                model.Update(step.Backward([(batch, BatchMixing.None)]), 1e-4);
            }

            // As the peers are measured: forward, loss and backward of pictures that are there.
            void Pass()
            {
                using DisposeScope own = NewDisposeScope();
                using GraphMemory memory = GraphMemory.Begin();
                model.Weights.BeginStep();
                objective.Compute(trainee.RunningStudent, pixels, classes, BatchMixing.None, null).Loss.backward();
            }
        }
    }
}
