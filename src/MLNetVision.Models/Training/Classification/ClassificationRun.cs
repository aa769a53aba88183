using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Optimization;
using MLNetVision.Models.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Classification;

/// <summary>A training from its first or restored step to its end.</summary>
internal sealed class ClassificationRun : IDisposable
{
    private const int LargestDefaultThreads = 8;
    private readonly LevitTrainingOptions _options;
    private readonly IImageClassificationData _training;
    private readonly IImageClassificationData? _validation;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly ProgressClock _clock = new();
    private readonly EpochPlan _plan;
    private readonly CosineSchedule _schedule;
    private readonly ImageAugmenter _augmenter;
    private readonly TrainingModel _model;
    private readonly ClassificationStep _step;
    private readonly ClassificationValidation? _measure;
    private readonly ClassificationObjective _objective;
    private readonly InputScaling _scaling;
    private readonly BestWeights _best;
    private readonly TrainingCheckpoint? _checkpoint;
    private readonly int _threads;
    private readonly double _highestLearningRate;
    private TrainingPosition _position = new();

    public ClassificationRun(
        LevitStudent student, LevitImageProcessor processor, IImageClassificationData training, IImageClassificationData? validation,
        LevitTrainingOptions options, IProgress<TrainingProgress>? progress)
    {
        (_options, _training, _validation, _progress) = (options, training, validation, progress);
        Device device = student.Module.parameters().First().device;
        _plan = new EpochPlan(training.Count, options);
        _schedule = new CosineSchedule((long)options.Epochs * _plan.Steps, (long)Math.Round(options.WarmUpEpochs * _plan.Steps), options.FinalLearningRate);
        _highestLearningRate = options.LearningRate * (options.LearningRateBatchSize is { } reference ? _plan.BatchSize * (double)options.GradientAccumulation / reference : 1);
        _threads = options.DataThreads ?? Math.Min(Environment.ProcessorCount, LargestDefaultThreads);
        _scaling = new InputScaling(processor.Config, device);
        var geometry = new ScoringGeometry(processor);
        _augmenter = new ImageAugmenter(options.Augmentation, student.Config.ImageSize, geometry.Apply, _scaling.Mean, _scaling.Deviation);
        _measure = validation is null ? null : new ClassificationValidation(validation, geometry.Apply, _scaling, _plan.BatchSize, _threads, _plan.BatchSize * options.PrefetchBatches);
        _objective = new ClassificationObjective(options, student.Config.NumLabels, device);
        _best = new BestWeights(options.BestEpoch);
        _model = new TrainingModel(student, options);
        _step = new ClassificationStep(_model.Running, _model.Weights, _model.Optimizer, _model.Average, _objective, _scaling, options.GradientClipping);
        _checkpoint = options.CheckpointFolder is null
            ? null
            : new TrainingCheckpoint(
                new TrainingFolder(options.CheckpointFolder), TrainingCheckpoint.Fingerprint(student, options, processor.Config.ToJson(), training, validation),
                student, _model.Weights, _model.Optimizer, _model.Average, _best);
    }

    private bool IsFinished => _position.StoppedEarly || _position.Epoch == _options.Epochs;

    private long StepsDone => (long)_position.Epoch * _plan.Steps + _position.Step;

    /// <summary>Trains, and leaves the weights to keep in the model.</summary>
    public LevitTrainingResult Train(CancellationToken cancellation)
    {
        _position = _checkpoint?.Restore() ?? new TrainingPosition();
        using var batches = new TrainingBatches(
            _training, _augmenter.Apply, _options.Seed, _plan.Samples, (long)_position.Epoch * _plan.Samples + FirstSampleOf(_position.Step),
            IsFinished ? 0 : _options.Epochs * _plan.Samples, _threads, _plan.BatchSize * _options.PrefetchBatches);
        while (!IsFinished && TakeSteps(batches, cancellation) && FinishEpoch(batches, cancellation))
        {
        }

        if (!IsFinished)
        {
            _checkpoint?.Save(_position);
        }

        _model.Finish(_best.Flats);
        return Result(batches);
    }

    public void Dispose()
    {
        _model.Dispose();
        _best.Dispose();
        _objective.Dispose();
        _scaling.Dispose();
    }

    /// <summary>The learning rate of a step, counted over all epochs.</summary>
    private double LearningRateOf(long step) => _highestLearningRate * _schedule.FactorAt(step);

    private long FirstSampleOf(int step) => Math.Min((long)step * _options.GradientAccumulation, _plan.Batches) * _plan.BatchSize;

    /// <summary>The rest of an epoch's steps; false if it was cancelled.</summary>
    private bool TakeSteps(TrainingBatches batches, CancellationToken cancellation)
    {
        _model.BeginEpoch();
        _clock.BeginEpoch();
        while (_position.Step < _plan.Steps)
        {
            if (cancellation.IsCancellationRequested)
            {
                return false;
            }

            _clock.Measure(() => TakeStep(batches));
            Report(batches, summary: null);
            if (_position.Step < _plan.Steps && StepsDone % (_options.CheckpointSteps ?? long.MaxValue) == 0)
            {
                _checkpoint?.Save(_position);
            }
        }

        return true;
    }

    private long TakeStep(TrainingBatches batches)
    {
        using var scope = NewDisposeScope();
        var taken = new List<(LabelledPictures Batch, BatchMixing Mixing)>();
        int side = _model.Running.Config.ImageSize;
        foreach (int number in _plan.BatchesOf(_position.Step))
        {
            if (batches.Take(_plan.BatchSize, _position.SkippedTraining) is { } batch)
            {
                var random = new RandomStream(_options.Seed, RandomPurpose.Mixing, _position.Epoch, number);
                taken.Add((batch, BatchMixing.Draw(_options.Mixup, _options.CutMix, side, side, random)));
            }
        }

        if (taken.Count == 0)
        {
            _position.Step++;
            return 0;
        }

        _model.BeginStep(_position.Epoch, _position.Step);
        ClassificationStep.Outcome outcome = _step.Take(taken, LearningRateOf(StepsDone));
        _position.Step++;
        Count(outcome);
        return outcome.Seen;
    }

    private void Count(ClassificationStep.Outcome outcome)
    {
        if (outcome.Updated)
        {
            _position.NonFiniteInRow = 0;
            _position.LossSum += outcome.Loss;
            _position.LossSteps++;
            _position.Right += outcome.Right;
            _position.Seen += outcome.Seen;
            return;
        }

        _position.NonFiniteSteps++;
        _position.NonFiniteInRow++;
        if (_position.NonFiniteInRow >= _options.NonFiniteStepLimit)
        {
            throw new NotFiniteNumberException(
                $"The loss or its gradient was not finite in {_position.NonFiniteInRow} steps in a row, up to step {_position.Step} of epoch {_position.Epoch + 1}. " +
                "Lower the learning rate, lengthen the warm-up, clip gradients, or check the weights that the training began with.", outcome.Loss);
        }
    }

    /// <summary>Validates, ranks and saves an epoch; false if it was cancelled, so that the validation is repeated on resuming.</summary>
    private bool FinishEpoch(TrainingBatches batches, CancellationToken cancellation)
    {
        (double Loss, double Accuracy)? measured = null;
        if (_measure is not null)
        {
            measured = _model.WithKeptWeights(student => _measure.Run(student, _position.SkippedValidation, cancellation));
            if (measured is null)
            {
                return false;
            }
        }

        var summary = new EpochSummary(
            _position.Epoch + 1, MeanLoss(), Accuracy(), measured?.Loss, measured?.Accuracy, LearningRateOf(StepsDone - 1));
        _position.History.Add(summary);
        if (measured is not null)
        {
            Rank(summary);
        }

        _position.StoppedEarly = _options.EarlyStoppingPatience is { } patience && _position.EpochsWithoutBetter >= patience && summary.Epoch < _options.Epochs;
        _position.Epoch++;
        _position.BeginEpoch();
        _checkpoint?.Save(_position);
        Report(batches, summary);
        return true;
    }

    private void Rank(EpochSummary summary)
    {
        EpochSummary? best = _position.BestEpoch == 0 ? null : _position.History[_position.BestEpoch - 1];
        if (!_best.IsBetter(summary, best))
        {
            _position.EpochsWithoutBetter++;
            return;
        }

        _position.BestEpoch = summary.Epoch;
        _position.EpochsWithoutBetter = 0;
        if (_best.KeepsWeights)
        {
            _best.Keep(_model.KeptFlats);
            _checkpoint?.SaveBest(summary.Epoch);
        }
    }

    private double MeanLoss() => _position.LossSteps == 0 ? double.NaN : _position.LossSum / _position.LossSteps;

    private double Accuracy() => _position.Seen == 0 ? double.NaN : _position.Right / (double)_position.Seen;

    private void Report(TrainingBatches batches, EpochSummary? summary) => _progress?.Report(new TrainingProgress
    {
        Epoch = summary?.Epoch ?? _position.Epoch + 1,
        Epochs = _options.Epochs,
        Step = summary is null ? _position.Step : _plan.Steps,
        Steps = _plan.Steps,
        Loss = summary?.Loss ?? MeanLoss(),
        Accuracy = summary?.Accuracy ?? Accuracy(),
        LearningRate = LearningRateOf(StepsDone - 1),
        ImagesPerSecond = _clock.ImagesPerSecond,
        Elapsed = _clock.Elapsed,
        Remaining = _position.StoppedEarly ? TimeSpan.Zero : _clock.Remaining((long)_options.Epochs * _plan.Steps - StepsDone),
        WaitingShare = _clock.WaitingShare(batches.Waited),
        NonFiniteSteps = _position.NonFiniteSteps,
        Summary = summary,
    });

    private LevitTrainingResult Result(TrainingBatches batches) => new()
    {
        Outcome = _position.StoppedEarly ? TrainingOutcome.StoppedEarly : IsFinished ? TrainingOutcome.Completed : TrainingOutcome.Cancelled,
        BestEpoch = _best.Flats.Count > 0 ? _position.BestEpoch : _position.Epoch,
        History = _position.History,
        Skipped =
        [
            .. _position.SkippedTraining.Select(item => new SkippedImage(_training.NameOf(item.Key), item.Value)),
            .. _position.SkippedValidation.Select(item => new SkippedImage(_validation!.NameOf(item.Key), item.Value)),
        ],
        Steps = _model.Optimizer.Steps,
        NonFiniteSteps = _position.NonFiniteSteps,
        WaitingShare = _clock.WaitingShare(batches.Waited),
    };
}
