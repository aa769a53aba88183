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
        ? new StateKeeper(new TrainingState(new TrainingFolder(folder), recipe.Fingerprint(), recipe.Model, recipe.Best), folder)
        : null;

    private bool _inTrainMode;
    private double _norm = double.NaN;
    private double _secondsBefore;

    /// <summary>Where the training stands.</summary>
    public TrainingPosition Position { get; private set; } = new();

    private double Seconds => _secondsBefore + _clock.Elapsed.TotalSeconds;

    private string FirstSkipped => string.Join("; ", recipe.SkippedInTraining(Position).Take(ErrorsNamed).Select(picture => $"{picture.Name}: {picture.Reason}"));

    private bool IsMilestoneDue => Position.Milestones.Count < MilestonesWithin(Position.Step);

    private bool IsFinished => Position.StoppedEarly || (Position.Step >= recipe.Steps && !IsMilestoneDue);

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

        RefuseWithoutStep();
        Position.Seconds = Seconds;
        IOException? lost = _keeper?.SaveLast(Position, isSaved: IsFinished);
        recipe.Model.Finish(recipe.Best.Flats);
        if (lost is not null)
        {
            throw lost;
        }

        return new TrainingResult
        {
            Outcome = Position.StoppedEarly ? TrainingOutcome.StoppedEarly : IsFinished ? TrainingOutcome.Completed : TrainingOutcome.Cancelled,
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
        recipe.MilestoneSteps is { } interval && steps > 0 ? steps / interval + (steps == recipe.Steps && steps % interval != 0 ? 1 : 0) : 0;

    private void TakeStep()
    {
        if (!_inTrainMode)
        {
            recipe.Model.Train();
            _clock.BeginPhase();
            _inTrainMode = true;
        }

        _clock.Measure(() =>
        {
            using var scope = NewDisposeScope();
            recipe.Model.BeginStep(recipe.LayersOf(Position.Step));
            StepSum sum = recipe.Backward(Position);
            _norm = sum.Seen == 0 ? double.NaN : recipe.Model.Update(sum.Loss, recipe.LearningRateOf(Position.Step));
            Position.Step++;
            Count(sum);
            return sum.Seen;
        });
        if (!IsMilestoneDue)
        {
            bool isLast = Position.Step == recipe.Steps;
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

    private void RefuseUnreadable()
    {
        if (Position.SkippedTraining.Count == recipe.PictureCount)
        {
            throw new InvalidOperationException($"None of the {recipe.PictureCount} pictures can be read: {FirstSkipped}");
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
            LearningRate = recipe.LearningRateOf(Position.Step - 1),
            Seconds = Seconds,
        });
        Position.Sums = new StepSums();
    }

    /// <summary>Measures, ranks and saves a milestone; false if it was cancelled.</summary>
    private bool Measure(CancellationToken cancellation)
    {
        _inTrainMode = false;
        if (recipe.Measure(Position, cancellation) is not { } measured)
        {
            return false;
        }

        var reached = new Milestone(Position.Step, Position.Sums.MeanLoss, Position.Sums.Accuracy, measured, recipe.LearningRateOf(Position.Step - 1));
        Position.Milestones.Add(reached);
        AddPoint(measured);
        if (measured.Score is not null)
        {
            Rank(measured);
        }

        Position.StoppedEarly = recipe.Patience is { } patience && Position.SinceBest >= patience && Position.Step < recipe.Steps;
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

    private void Report(Milestone? reached) => recipe.Report(
        new TrainingProgress
        {
            Step = Position.Step,
            Steps = recipe.Steps,
            Loss = reached?.Loss ?? Position.Sums.MeanLoss,
            GradientNorm = _norm,
            LearningRate = recipe.LearningRateOf(Position.Step - 1),
            ImagesPerSecond = _clock.ImagesPerSecond,
            Elapsed = _clock.Elapsed,
            Remaining = Position.StoppedEarly ? TimeSpan.Zero : _clock.Remaining(recipe.Steps - Position.Step),
            WaitingShare = _clock.WaitingShare(recipe.Waited),
            NonFiniteSteps = Position.NonFiniteSteps,
            Warning = _keeper?.TakeWarning(),
        },
        Position, reached);
}
