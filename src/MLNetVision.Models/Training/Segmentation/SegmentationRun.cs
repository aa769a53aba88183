using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Optimization;
using MLNetVision.Models.Training.Segmentation.Losses;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Models.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation;

/// <summary>A segmentation training from its first or restored step to its end.</summary>
internal sealed class SegmentationRun : IDisposable
{
    private const int LargestDefaultThreads = 8, ErrorsNamed = 3;

    // More points than a step can use: each step's points begin at its own multiple.
    private const int PointsPerStepBits = 36;
    private readonly ISegmentationData _data;
    private readonly SegmentationTrainingOptions _options;
    private readonly Func<Mask2FormerForUniversalSegmentation, CancellationToken, double>? _evaluation;
    private readonly IProgress<SegmentationTrainingProgress>? _progress;
    private readonly Device _device;
    private readonly InputScaling _scaling;
    private readonly SegmentationModel _model;
    private readonly SeededPointSource _points;
    private readonly SegmentationCriterion _criterion;
    private readonly BestWeights _best = new(BestEpochSelection.ValidationAccuracy);
    private readonly SegmentationCheckpoint? _checkpoint;
    private readonly ILearningRateSchedule _schedule;
    private readonly ProgressClock _clock = new();
    private SegmentationPosition _position = new();

    public SegmentationRun(
        Mask2FormerForUniversalSegmentation model, ImageProcessorConfig processor, ISegmentationData data, SegmentationTrainingOptions options,
        Func<Mask2FormerForUniversalSegmentation, CancellationToken, double>? evaluation, IProgress<SegmentationTrainingProgress>? progress)
    {
        (_data, _options, _evaluation, _progress) = (data, options, evaluation, progress);
        _device = model.parameters().First().device;
        _scaling = new InputScaling(processor, _device);
        _model = new SegmentationModel(model, options);
        _points = new SeededPointSource(new RandomStream(options.Seed, RandomPurpose.MaskPoints, 0, 0).NextBits());
        _criterion = new SegmentationCriterion(
            Mask2FormerTraining.CriterionOptions(model.Config) with { MatchingClassWeight = options.MatchingClassWeight, ExcludeIgnored = options.ExcludeIgnored }, _points);
        _schedule = options.Schedule;
        _checkpoint = options.CheckpointFolder is null
            ? null
            : new SegmentationCheckpoint(
                new TrainingFolder(options.CheckpointFolder), SegmentationCheckpoint.Fingerprint(_model, processor, data, options), _model, _best);
    }

    private bool IsFinished => _position.Step == _options.Steps;

    private int PicturesPerStep => _options.BatchSize * _options.GradientAccumulation;

    /// <summary>Trains, and leaves the weights to keep in the model.</summary>
    public SegmentationTrainingResult Train(CancellationToken cancellation)
    {
        _position = _checkpoint?.Restore() ?? new SegmentationPosition();
        var order = new SceneOrder(_data, _options.RepeatThreshold, _options.Seed);
        int threads = _options.DataThreads ?? Math.Min(Environment.ProcessorCount, LargestDefaultThreads);
        using var scenes = new OrderedPrefetch<PreparedScene>(
            _position.Step * PicturesPerStep, _options.Steps * PicturesPerStep, threads, _options.BatchSize * _options.PrefetchBatches,
            sample => PreparedScene.Load(
                _data, order.At(sample), _options.Augmentation, new RandomStream(_options.Seed, RandomPurpose.Augmentation, 0, sample)));
        _clock.BeginEpoch();
        while (!IsFinished && !cancellation.IsCancellationRequested)
        {
            Step(scenes, cancellation);
        }

        if (!IsFinished)
        {
            _checkpoint?.Save(_position);
        }

        _model.Finish(_best.Flats);
        return new SegmentationTrainingResult
        {
            Outcome = IsFinished ? TrainingOutcome.Completed : TrainingOutcome.Cancelled,
            Steps = _position.Step,
            BestStep = _position.Best > 0 ? _position.Scores[_position.Best - 1].Step : _position.Step,
            Scores = _position.Scores,
            NonFiniteSteps = _position.NonFiniteSteps,
            Skipped = [.. _position.Skipped.Select(item => new SkippedImage(_data.NameOf(item.Key), item.Value))],
        };
    }

    public void Dispose()
    {
        _model.Dispose();
        _best.Dispose();
        _scaling.Dispose();
    }

    private void Step(OrderedPrefetch<PreparedScene> scenes, CancellationToken cancellation)
    {
        LossValues loss = default;
        double norm = double.NaN;
        double learningRate = _options.HighestLearningRate * _schedule.FactorAt(_position.Step);
        _clock.Measure(() =>
        {
            _model.BeginStep(_position.Step);
            _points.Position = (ulong)_position.Step << PointsPerStepBits;
            (loss, long seen) = Backward(scenes);
            if (seen > 0 && loss.IsFinite)
            {
                norm = _model.Update(learningRate);
            }

            _position.Step++;
            Count(seen == 0 || double.IsFinite(norm), loss);
            return seen;
        });
        double? score = Evaluate(cancellation);
        if (score is not null || IsFinished || _position.Step % _options.CheckpointSteps == 0)
        {
            _checkpoint?.Save(_position);
        }

        Report(loss, norm, learningRate, score);
    }

    /// <summary>Adds the gradients of a step's batches; stops at the first loss that is not finite.</summary>
    private (LossValues Loss, long Seen) Backward(OrderedPrefetch<PreparedScene> scenes)
    {
        var mean = new LossValues();
        long seen = 0;
        for (int i = 0; i < _options.GradientAccumulation; i++)
        {
            List<PreparedScene> readable = Take(scenes);
            if (readable.Count == 0 || !(i == 0 || mean.IsFinite))
            {
                continue;
            }

            using var scope = NewDisposeScope();
            using GraphMemory memory = GraphMemory.Begin();
            using SceneBatch batch = SceneBatch.Pack(readable, _model.Module.Config.BackboneConfig.PatchSize, _scaling, _device);
            CriterionResult result = _criterion.Compute(Mask2FormerTraining.Predict(_model.Module, batch.PixelValues), batch.Targets);
            LossValues loss = result.ToValues();
            float share = 1f / _options.GradientAccumulation;
            mean = new LossValues(mean.Total + share * loss.Total, mean.Class + share * loss.Class, mean.Mask + share * loss.Mask, mean.Dice + share * loss.Dice);
            _position.UndefinedCosts += result.UndefinedCosts;
            seen += readable.Count;
            if (loss.IsFinite)
            {
                result.Total.Times(share).backward();
            }
        }

        return (mean, seen);
    }

    private List<PreparedScene> Take(OrderedPrefetch<PreparedScene> scenes)
    {
        var readable = new List<PreparedScene>();
        for (int i = 0; i < _options.BatchSize; i++)
        {
            PreparedScene scene = scenes.Take();
            if (scene.Image is null)
            {
                Skip(scene);
            }
            else
            {
                readable.Add(scene);
            }
        }

        return readable;
    }

    private void Skip(PreparedScene scene)
    {
        _position.Skipped[scene.Index] = scene.Error!;
        if (_position.Skipped.Count == _data.Count)
        {
            throw new InvalidOperationException(
                $"None of the {_data.Count} pictures can be read: " +
                string.Join("; ", _position.Skipped.Take(ErrorsNamed).Select(item => $"{_data.NameOf(item.Key)}: {item.Value}")));
        }
    }

    private void Count(bool finite, LossValues loss)
    {
        if (finite)
        {
            _position.NonFiniteInRow = 0;
            return;
        }

        _position.NonFiniteSteps++;
        _position.NonFiniteInRow++;
        if (_position.NonFiniteInRow >= _options.NonFiniteStepLimit)
        {
            throw new NotFiniteNumberException(
                $"The loss or its gradient was not finite in {_position.NonFiniteInRow} steps in a row, up to step {_position.Step}. " +
                "Lower the learning rate, lengthen the warm-up, clip gradients, or check the weights that the training began with.", loss.Total);
        }
    }

    private double? Evaluate(CancellationToken cancellation)
    {
        bool due = IsFinished || (_options.EvaluationSteps is { } steps && _position.Step % steps == 0);
        if (_evaluation is null || !due || cancellation.IsCancellationRequested)
        {
            return null;
        }

        double score = _model.WithKeptWeights(model => _evaluation(model, cancellation));
        if (cancellation.IsCancellationRequested)
        {
            return null;
        }

        double best = _position.Best == 0 ? double.NaN : _position.Scores[_position.Best - 1].Score;
        _position.Scores.Add(new SegmentationScore(_position.Step, score));
        if (!double.IsNaN(score) && !(score <= best))
        {
            _position.Best = _position.Scores.Count;
            _best.Keep(_model.KeptFlats);
            _checkpoint?.SaveBest(_position.Best);
        }

        return score;
    }

    private void Report(LossValues loss, double norm, double learningRate, double? score) => _progress?.Report(new SegmentationTrainingProgress
    {
        Step = _position.Step,
        Steps = _options.Steps,
        Epoch = _position.Step * (double)PicturesPerStep / _data.Count,
        Loss = loss,
        GradientNorm = norm,
        LearningRate = learningRate,
        ImagesPerSecond = _clock.ImagesPerSecond,
        Elapsed = _clock.Elapsed,
        Remaining = _clock.Remaining(_options.Steps - _position.Step),
        NonFiniteSteps = _position.NonFiniteSteps,
        UndefinedCosts = _position.UndefinedCosts,
        Score = score,
    });
}
