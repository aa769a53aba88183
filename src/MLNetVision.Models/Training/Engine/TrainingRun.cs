using System.Runtime.InteropServices;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.History;
using MLNetVision.Models.Training.State;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Engine;

/// <summary>
/// A training of any recipe, from its first or restored step to its end: steps that are left out when something is not
/// finite, milestones and the best of them, the state, progress, cancellation.
/// </summary>
internal sealed class TrainingRun(ITrainingRecipe recipe, TrainingOptions options)
{
    private const int ErrorsNamed = 3;
    private readonly ProgressClock _clock = new();
    private readonly StateKeeper? _keeper = options.CheckpointFolder is { } folder
        ? new StateKeeper(new TrainingState(new TrainingFolder(folder), recipe.Fingerprint(), recipe.Model, recipe.Best, recipe.DifferenceOfContents), folder)
        : null;

    private bool _inTrainMode;
    private bool _hasReadable;
    private double _norm = double.NaN;
    private double _secondsBefore;
    private double _measuringSeconds;
    private double _stepSeconds;
    private double? _learningRate;

    /// <summary>Where the training stands.</summary>
    public TrainingPosition Position { get; private set; } = new();

    private double Seconds => _secondsBefore + _clock.Elapsed.TotalSeconds;

    private string FirstSkipped => string.Join("; ", recipe.SkippedInTraining(Position).Take(ErrorsNamed).Select(picture => $"{picture.Name}: {picture.Reason}"));

    private bool IsMilestoneDue => Position.Milestones.Count < MilestonesWithin(Position.Step);

    private bool IsFinished => Position.StoppedEarly || ((Position.Step >= recipe.Steps || Position.IsTimeUp) && !IsMilestoneDue);

    /// <summary>Trains, and leaves the weights to keep in the network.</summary>
    /// <exception cref="InvalidOperationException">Another training works in the checkpoint folder, its state is of a training with other options, data or model, or no step could be taken for want of readable pictures.</exception>
    /// <exception cref="IOException">The state at the end could not be saved; the network holds the weights to keep nevertheless.</exception>
    public TrainingResult Train(CancellationToken cancellation)
    {
        using IDisposable? held = options.CheckpointFolder is { } own ? TrainingLock.Take(own) : null;
        Position = _keeper?.Restore() ?? new TrainingPosition();
        _secondsBefore = Position.Seconds;
        recipe.Begin(IsFinished ? recipe.Steps : Position.Step);
        while (!IsFinished && GoOn(cancellation))
        {
        }

        bool isFinished = IsFinished;
        RefuseWithoutStep();
        Position.Seconds = Seconds;
        IOException? lost = _keeper?.SaveLast(Position, isSaved: isFinished);
        if (Position.Step > 0 && recipe.Best.Flats.Count == 0)
        {
            recipe.Complete(Position);
        }

        recipe.Model.Finish(recipe.Best.Flats);
        if (lost is not null)
        {
            throw lost;
        }

        return new TrainingResult
        {
            Outcome = Position.StoppedEarly ? TrainingOutcome.StoppedEarly
                : !isFinished ? TrainingOutcome.Cancelled
                : Position.IsTimeUp ? TrainingOutcome.TimeUp
                : TrainingOutcome.Completed,
            Steps = recipe.Model.Optimizer.Steps,
            NonFiniteSteps = Position.NonFiniteSteps,
            UnreadableSteps = Position.UnreadableSteps,
            Skipped = [.. recipe.SkippedInTraining(Position)],
            SkippedInValidation = [.. recipe.SkippedInValidation(Position)],
            Points = [.. Position.History],
            KeptStep = recipe.Best.Flats.Count > 0 ? Position.Milestones[Position.Best - 1].Step : Position.Step,
            WaitingShare = _clock.WaitingShare(recipe.Waited),
        };
    }

    /// <summary>Takes the next step, or measures what the last ones reached; false if it was cancelled.</summary>
    private bool GoOn(CancellationToken cancellation)
    {
        if (IsMilestoneDue)
        {
            return Measure(cancellation);
        }

        if (cancellation.IsCancellationRequested)
        {
            return false;
        }

        TakeStep();
        return true;
    }

    private long MilestonesWithin(long steps) =>
        recipe.MilestoneSteps is { } interval && steps > 0
            ? steps / interval + ((steps == recipe.Steps || Position.IsTimeUp) && steps % interval != 0 ? 1 : 0)
            : 0;

    /// <summary>The learning rate of a step: where the time is limited, that of the share of the time that has passed, if it is lower.</summary>
    private double LearningRateOf(long step)
    {
        double rate = recipe.LearningRateOf(step);
        return options.TrainTime is { } limit
            ? Math.Min(rate, recipe.LearningRateOf(Math.Max(step, (long)(recipe.Steps * Math.Min(1, Seconds / limit)))))
            : rate;
    }

    // A step that would end too late, or whose measuring would, is not begun.
    private void NoteTime() =>
        Position.IsTimeUp |= options.TrainTime is { } limit && Seconds + _stepSeconds + _measuringSeconds > limit && Position.Step < recipe.Steps;

    // A run that was resumed for a measurement has taken no step of its own.
    private double LastLearningRate => _learningRate ?? LearningRateOf(Position.Step - 1);

    private void TakeStep()
    {
        if (!_inTrainMode)
        {
            recipe.Model.Train();
            _clock.BeginPhase();
            _inTrainMode = true;
        }

        double begin = Seconds;
        try
        {
            _clock.Measure(Learn);
        }
        catch (ExternalException e) when (ExhaustedMemory.Is(e))
        {
            throw ExhaustedMemory.Explain(
                e, "A training step", $"lower {nameof(options.BatchSize)} (now {options.BatchSize}; {nameof(options.GradientAccumulation)} makes up for it), {recipe.MemoryAdvice}");
        }

        _stepSeconds = Seconds - begin;
        NoteTime();
        if (!IsMilestoneDue)
        {
            bool isLast = IsFinished;
            if (isLast || Position.Step % recipe.PointSteps == 0)
            {
                AddPoint(new Measurement(null, null));
            }

            if (isLast || Position.Step % (options.CheckpointSteps ?? long.MaxValue) == 0)
            {
                Save();
            }
        }

        Report(reached: null);
    }

    // Returns the pictures seen.
    private long Learn()
    {
        using var scope = NewDisposeScope();
        recipe.Model.BeginStep(recipe.LayersOf(Position.Step));
        StepLosses losses = recipe.Backward(Position);
        _learningRate = LearningRateOf(Position.Step);
        bool isEmpty = losses is { IsKnown: true, Sum.Seen: 0 };
        _norm = isEmpty ? double.NaN : recipe.Model.Update(losses, _learningRate.Value);
        StepSum sum = losses.Sum;
        Position.Step++;
        Count(sum);
        return sum.Seen;
    }

    private void Count(StepSum sum)
    {
        if (sum.Seen == 0)
        {
            Position.UnreadableSteps++;
            RefuseUnreadable();
            return;
        }

        if (double.IsFinite(_norm))
        {
            Position.NonFiniteInRow = 0;
            Position.Sums.Add(sum);
            return;
        }

        Position.NonFiniteSteps++;
        Position.NonFiniteInRow++;
        if (Position.NonFiniteInRow >= options.NonFiniteStepLimit)
        {
            throw new NotFiniteNumberException(
                $"The loss or its gradient was not finite in {Position.NonFiniteInRow} steps in a row, up to {recipe.NameOf(Position.Step)}. " +
                "Lower the learning rate, lengthen the warm-up, clip gradients, or check the weights that the training began with.", sum.Loss);
        }
    }

    // Pictures that no step has asked for yet, such as those of a last batch that is not full, are tried too.
    private void RefuseUnreadable()
    {
        if (!_hasReadable && Position.UnreadableSteps == Position.Step)
        {
            _hasReadable = recipe.FindReadable(Position);
            if (!_hasReadable)
            {
                throw new InvalidOperationException($"None of the {recipe.PictureCount} pictures can be read: {FirstSkipped}");
            }
        }
    }

    /// <summary>Where each step was left out for want of pictures, the weights are those of the beginning.</summary>
    private void RefuseWithoutStep()
    {
        if (IsFinished && Position.Step > 0 && Position.UnreadableSteps == Position.Step)
        {
            throw new InvalidOperationException(
                $"No step could be taken: too few of the pictures can be read. {Position.SkippedTraining.Count} of the {recipe.PictureCount} training pictures were tried and cannot: {FirstSkipped}");
        }
    }

    private void Save()
    {
        Position.Seconds = Seconds;
        _keeper?.Save(Position);
    }

    /// <summary>Notes what the steps since the last point came to.</summary>
    private void AddPoint(Measurement measured)
    {
        Position.History.Add(new TrainingPoint
        {
            Step = Position.Step,
            Epoch = recipe.EpochsIn(Position.Step),
            Loss = Position.Sums.MeanLoss,
            Accuracy = recipe.CountsRight ? Position.Sums.Accuracy : null,
            ValidationLoss = measured.Loss,
            Score = measured.Score,
            LearningRate = LastLearningRate,
            Seconds = Seconds,
        });
        Position.Sums = new StepSums();
    }

    /// <summary>Measures, ranks and saves a milestone; false if it was cancelled.</summary>
    private bool Measure(CancellationToken cancellation)
    {
        _inTrainMode = false;
        double begin = Seconds;
        if (recipe.Measure(Position, cancellation) is not { } measured)
        {
            return false;
        }

        _measuringSeconds = Seconds - begin;
        NoteTime();
        var reached = new Milestone(Position.Step, Position.Sums.MeanLoss, Position.Sums.Accuracy, measured, LastLearningRate);
        Position.Milestones.Add(reached);
        AddPoint(measured);
        if (measured.Score is not null)
        {
            Rank(measured);
        }

        Position.StoppedEarly = recipe.Patience is { } patience && Position.SinceBest >= patience && Position.Step < recipe.Steps && !Position.IsTimeUp;
        Save();
        Report(reached);
        return true;
    }

    private void Rank(Measurement measured)
    {
        if (!recipe.Best.IsBetter(measured, Position.Best == 0 ? null : Position.Milestones[Position.Best - 1].Measured))
        {
            Position.SinceBest++;
            return;
        }

        Position.Best = Position.Milestones.Count;
        Position.SinceBest = 0;
        if (recipe.Best.KeepsWeights)
        {
            recipe.Best.Keep(recipe.Model.KeptFlats);
        }
    }

    private TimeSpan Remaining()
    {
        if (Position.StoppedEarly || Position.IsTimeUp)
        {
            return TimeSpan.Zero;
        }

        TimeSpan ofSteps = _clock.Remaining(recipe.Steps - Position.Step);
        return options.TrainTime is { } limit && limit - Seconds < ofSteps.TotalSeconds ? TimeSpan.FromSeconds(Math.Max(0, limit - Seconds)) : ofSteps;
    }

    private void Report(Milestone? reached) => recipe.Report(
        new TrainingProgress
        {
            Step = Position.Step,
            Steps = recipe.Steps,
            Loss = reached?.Loss ?? Position.Sums.MeanLoss,
            GradientNorm = _norm,
            LearningRate = LastLearningRate,
            ImagesPerSecond = _clock.ImagesPerSecond,
            Elapsed = _clock.Elapsed,
            Remaining = Remaining(),
            WaitingShare = _clock.WaitingShare(recipe.Waited),
            NonFiniteSteps = Position.NonFiniteSteps,
            Warning = _keeper?.TakeWarning(),
        },
        Position, reached);
}
