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
    private readonly TrainingState? _state = options.CheckpointFolder is { } folder
        ? new TrainingState(new TrainingFolder(folder), recipe.Fingerprint(), recipe.Model, recipe.Best)
        : null;

    private bool _inTrainMode;
    private bool _hasReadable;
    private double _norm = double.NaN;
    private double _earlierSeconds;
    private double _measuringSeconds;
    private double _stepSeconds;
    private double? _learningRate;

    /// <summary>Where the training stands.</summary>
    public TrainingPosition Position { get; private set; } = new();

    private bool IsMilestoneDue => Position.Milestones.Count < MilestonesWithin(Position.Step);

    private bool IsFinished => Position.StoppedEarly || ((Position.Step >= recipe.Steps || Position.IsTimeUp) && !IsMilestoneDue);

    // Of all runs.
    private double Seconds => _earlierSeconds + _clock.Elapsed.TotalSeconds;

    /// <summary>Trains, and leaves the weights to keep in the network.</summary>
    /// <exception cref="InvalidOperationException">Another training works in the checkpoint folder, its state is of a training with other options, data or model, or the pictures cannot be read.</exception>
    public TrainingResult Train(CancellationToken cancellation)
    {
        using IDisposable? held = options.CheckpointFolder is { } own ? TrainingLock.Take(own) : null;
        Position = _state?.Restore() ?? new TrainingPosition();
        _earlierSeconds = Position.Seconds;
        recipe.Begin(IsFinished ? recipe.Steps : Position.Step);
        while (!IsFinished && GoOn(cancellation))
        {
        }

        bool isFinished = IsFinished;
        if (!isFinished)
        {
            Save();
        }

        if (isFinished && recipe.Steps > 0 && HasLearntNothing)
        {
            throw Unreadable("No step could be taken, since no batch had enough pictures that can be read");
        }

        if (!isFinished && recipe.Best.Flats.Count == 0)
        {
            recipe.Complete();
        }

        recipe.Model.Finish(recipe.Best.Flats);
        return new TrainingResult
        {
            Outcome = Position.StoppedEarly ? TrainingOutcome.StoppedEarly
                : !isFinished ? TrainingOutcome.Cancelled
                : Position.IsTimeUp ? TrainingOutcome.TimeUp
                : TrainingOutcome.Completed,
            Steps = recipe.Model.Optimizer.Steps,
            NonFiniteSteps = Position.NonFiniteSteps,
            Skipped = [.. recipe.Skipped(Position)],
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

        if (options.TrainTime is { } limit && Position.Step > 0 && Seconds + _stepSeconds + _measuringSeconds > limit)
        {
            Position.IsTimeUp = true;
            if (IsFinished)
            {
                Save();
            }

            return true;
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

    // A run that was resumed for a measurement has taken no step of its own.
    private double LastLearningRate => _learningRate ?? LearningRateOf(Position.Step - 1);

    private void Save()
    {
        Position.Seconds = options.TrainTime is null ? 0 : Seconds;
        _state?.Save(Position);
    }

    private void TakeStep()
    {
        if (!_inTrainMode)
        {
            recipe.Model.Train();
            _clock.BeginPhase();
            _inTrainMode = true;
        }

        double begin = Seconds;
        _clock.Measure(() =>
        {
            using var scope = NewDisposeScope();
            recipe.Model.BeginStep(recipe.LayersOf(Position.Step));
            StepSum sum = recipe.Backward(Position);
            _learningRate = LearningRateOf(Position.Step);
            _norm = sum.Seen == 0 ? double.NaN : recipe.Model.Update(sum.Loss, _learningRate.Value);
            Position.Step++;
            Count(sum);
            return sum.Seen;
        });
        _stepSeconds = Seconds - begin;
        if (!IsMilestoneDue && (Position.Step == recipe.Steps || Position.Step % (options.CheckpointSteps ?? long.MaxValue) == 0))
        {
            Save();
        }

        Report(reached: null);
    }

    private void Count(StepSum sum)
    {
        if (sum.Seen == 0)
        {
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

    private bool HasLearntNothing => recipe.Model.Optimizer.Steps == 0 && Position.NonFiniteSteps == 0;

    // Pictures that no step has asked for yet, such as those of a last batch that is not full, are tried too.
    private void RefuseUnreadable()
    {
        if (!_hasReadable && HasLearntNothing)
        {
            _hasReadable = recipe.FindReadable(Position);
            if (!_hasReadable)
            {
                throw Unreadable("There is nothing to train on");
            }
        }
    }

    private InvalidOperationException Unreadable(string consequence)
    {
        int count = Position.SkippedTraining.Count;
        string which = count == recipe.PictureCount ? $"None of the {count} pictures can be read" : $"{count} of the {recipe.PictureCount} pictures cannot be read";
        return new InvalidOperationException(
            $"{consequence}. {which}: " +
            string.Join("; ", recipe.Skipped(Position).Take(ErrorsNamed).Select(picture => $"{picture.Name}: {picture.Reason}")));
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
        var reached = new Milestone(Position.Step, Position.Sums.MeanLoss, Position.Sums.Accuracy, measured, LastLearningRate);
        Position.Milestones.Add(reached);
        if (measured.Score is not null)
        {
            Rank(measured);
        }

        Position.StoppedEarly = recipe.Patience is { } patience && Position.SinceBest >= patience && Position.Step < recipe.Steps && !Position.IsTimeUp;
        Position.Sums = new StepSums();
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
            _state?.SaveBest(Position.Best);
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
        },
        Position, reached);
}
