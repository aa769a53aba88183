using System.Text.Json.Nodes;
using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Optimization;
using MLNetVision.Models.Training.Records;
using MLNetVision.Models.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Classification;

/// <summary>What a training of LeViT is beside <see cref="TrainingRun"/>: epochs over pictures with classes, mixing, a teacher, validation after each epoch.</summary>
internal sealed class ClassificationRecipe : ITrainingRecipe
{
    private const string ValidationContents = "ValidationContents";

    private readonly LevitTrainingOptions _options;
    private readonly string _processor;
    private readonly IImageClassificationData _training;
    private readonly IImageClassificationData? _validation;
    private readonly IProgress<LevitTrainingProgress>? _progress;
    private readonly Device _device;
    private readonly EpochPlan _plan;
    private readonly CosineSchedule _schedule;
    private readonly double _highestLearningRate;
    private readonly ImageAugmenter _augmenter;
    private readonly LevitTrainee _trainee;
    private readonly ClassificationStep _step;
    private readonly ClassificationValidation? _measure;
    private readonly FreshStatistics _statistics;
    private readonly ClassificationObjective _objective;
    private readonly InputScaling _scaling;
    private TrainingBatches? _batches;

    public ClassificationRecipe(
        LevitStudent student, LevitImageProcessor processor, IImageClassificationData training, IImageClassificationData? validation,
        LevitTrainingOptions options, IProgress<LevitTrainingProgress>? progress)
    {
        (_options, _processor, _training, _validation, _progress) = (options, processor.Config.ToJson(), training, validation, progress);
        _device = student.Module.parameters().First().device;
        _plan = new EpochPlan(training.Count, options);
        _schedule = new CosineSchedule(Steps, (long)Math.Round(options.WarmUpEpochs * _plan.Steps), options.FinalLearningRate);
        _highestLearningRate = options.HighestLearningRate(_plan.BatchSize);
        _scaling = new InputScaling(processor.Config, _device);
        var geometry = new ScoringGeometry(processor);
        _augmenter = new ImageAugmenter(options.Augmentation, student.Config.ImageSize, geometry.Apply, _scaling.Mean, _scaling.Deviation);
        _measure = validation is null
            ? null
            : new ClassificationValidation(validation, geometry.Apply, _scaling, _plan.BatchSize, options.PreparingThreads, _plan.BatchSize * options.PrefetchBatches);
        _statistics = new FreshStatistics(training, geometry.Apply, _scaling, options, _plan.BatchSize);
        _objective = new ClassificationObjective(options, student.Config.NumLabels, _device);
        _trainee = new LevitTrainee(student, options);
        _step = new ClassificationStep(_trainee.RunningStudent, _objective, _scaling, options.ReadsLossesLate ?? GpuForm.IsFor(_device));
        Model = new TrainingModel(_trainee, options.WeightAverageDecay, options.GradientClipping);
        Best = new BestWeights(
            options.BestEpoch == BestEpochSelection.ValidationLoss
                ? measured => new MeasurementRank(-measured.Loss!.Value)
                : measured => new MeasurementRank(measured.Score!.Value, -measured.Loss!.Value),
            keepsWeights: options.BestEpoch != BestEpochSelection.Last);
    }

    public TrainingModel Model { get; }

    public BestWeights Best { get; }

    public long Steps => (long)_options.Epochs * _plan.Steps;

    public long? MilestoneSteps => _plan.Steps;

    public long PointSteps => _plan.Steps;

    public bool CountsRight => true;

    public int? Patience => _options.EarlyStoppingPatience;

    public string MemoryAdvice => $"or take a smaller network or pictures (now {_trainee.Student.Config.ImageSize}×{_trainee.Student.Config.ImageSize})";

    public int PictureCount => _training.Count;

    public TimeSpan Waited => _batches?.Waited ?? TimeSpan.Zero;

    public JsonObject Fingerprint()
    {
        JsonObject fingerprint = TrainingFingerprint.Of(_options.Deciding, _trainee.Student.Config.ToJson(), _processor, Describe(_training), Contents(_training));

        // A teacher can be known only as present or absent.
        fingerprint["Teacher"] = _options.Teacher is not null;
        fingerprint["ValidationPictures"] = _validation is null ? null : Describe(_validation);
        fingerprint[ValidationContents] = _validation is null ? null : Contents(_validation);
        return fingerprint;
    }

    public string DifferenceOfContents(string name, JsonNode? stored)
    {
        IImageClassificationData data = name == ValidationContents ? _validation! : _training;
        return $"the {(name == ValidationContents ? "validation" : "training")} pictures {PictureContents.Difference(stored, Contents(data), data.Count, data.NameOf)}";
    }

    public void Begin(long step)
    {
        (long epoch, int inEpoch) = PlaceOf(step);
        _batches = new TrainingBatches(
            _training, _augmenter.Apply, _options.Seed, _plan.Samples, epoch * _plan.Samples + _plan.FirstSampleOf(inEpoch), _options.Epochs * _plan.Samples,
            _options.PreparingThreads, _plan.BatchSize * _options.PrefetchBatches);
    }

    public double LearningRateOf(long step) => _highestLearningRate * _schedule.FactorAt(step);

    public RandomStream LayersOf(long step)
    {
        (long epoch, int inEpoch) = PlaceOf(step);
        return new RandomStream(_options.Seed, RandomPurpose.Layers, epoch, inEpoch);
    }

    public double EpochsIn(long steps) => steps / (double)_plan.Steps;

    public string NameOf(long steps)
    {
        (long epoch, int inEpoch) = PlaceOf(steps - 1);
        return $"step {inEpoch + 1} of epoch {epoch + 1}";
    }

    public StepLosses Backward(TrainingPosition position)
    {
        var taken = new List<(LabelledPictures Batch, BatchMixing Mixing)>();
        int side = _trainee.Student.Config.ImageSize;
        (long epoch, int inEpoch) = PlaceOf(position.Step);
        foreach (int number in _plan.BatchesOf(inEpoch))
        {
            if (_batches!.Take(_plan.BatchSize, position.SkippedTraining) is { } batch)
            {
                var random = new RandomStream(_options.Seed, RandomPurpose.Mixing, epoch, number);
                taken.Add((batch, BatchMixing.Draw(_options.Mixup, _options.CutMix, side, side, random)));
            }
        }

        return _step.Backward(taken);
    }

    public Measurement? Measure(TrainingPosition position, CancellationToken cancellation)
    {
        if (_measure is null)
        {
            return new Measurement(null, null);
        }

        // A training of many steps may still end after a few.
        bool isShort = Steps < FreshStatistics.ShortSteps || (position.IsTimeUp && position.Step < FreshStatistics.ShortSteps);
        return WithStatistics(_options.FreshStatistics ?? isShort, () => _measure.Run(_trainee.Student, position.SkippedValidation, cancellation));
    }

    public void Complete(TrainingPosition position) =>
        WithStatistics(_options.FreshStatistics ?? position.Step < FreshStatistics.ShortSteps, () => true);

    public bool FindReadable(TrainingPosition position)
    {
        for (int i = 0; i < _training.Count; i++)
        {
            if (position.SkippedTraining.ContainsKey(i))
            {
                continue;
            }

            if (PreparedImage.Load(_training, i, image => image).Error is not { } error)
            {
                return true;
            }

            position.SkippedTraining[i] = error;
        }

        return false;
    }

    public void Report(TrainingProgress common, TrainingPosition position, Milestone? reached)
    {
        (long epoch, int inEpoch) = PlaceOf(common.Step - 1);
        _progress?.Report(new LevitTrainingProgress(common)
        {
            Epoch = (int)epoch + 1,
            Epochs = _options.Epochs,
            EpochStep = inEpoch + 1,
            EpochSteps = _plan.Steps,
            Accuracy = reached?.Accuracy ?? position.Sums.Accuracy,
            Summary = reached is null ? null : Summary(reached),
        });
    }

    public IEnumerable<SkippedImage> SkippedInTraining(TrainingPosition position) =>
        position.SkippedTraining.Select(item => new SkippedImage(_training.NameOf(item.Key), item.Value));

    public IEnumerable<SkippedImage> SkippedInValidation(TrainingPosition position) =>
        position.SkippedValidation.Select(item => new SkippedImage(_validation!.NameOf(item.Key), item.Value));

    /// <summary>What the training did, in the words of LeViT's recipe.</summary>
    public LevitTrainingResult Result(TrainingResult common, TrainingPosition position) => new(
        common, Record(common), Best.Flats.Count > 0 ? position.Best : position.Milestones.Count, [.. position.Milestones.Select(Summary)]);

    public void Dispose()
    {
        _batches?.Dispose();
        Model.Dispose();
        Best.Dispose();
        _objective.Dispose();
        _scaling.Dispose();
    }

    /// <summary>Uses the weights that would be kept, with statistics that are computed for them or those that the training left.</summary>
    private T WithStatistics<T>(bool areFresh, Func<T> use)
    {
        T result = Model.WithKeptWeights(() =>
        {
            if (areFresh)
            {
                _statistics.Compute(_trainee.Kept, _trainee.Frozen, pixels => _trainee.Student.Forward(pixels));
            }

            return use();
        });
        if (areFresh)
        {
            Model.Weights.Publish();
        }

        return result;
    }

    private TrainingRecord Record(TrainingResult common) => TrainingRecord.Of(
        common, "LeViT", _validation is null ? null : "accuracy", _options, _device, DataOf(_training), _validation is null ? null : DataOf(_validation));

    private static TrainingData DataOf(IImageClassificationData data) => new() { Pictures = data.Count, Fingerprint = Describe(data) };

    // The last one is not whole where the time was up.
    private EpochSummary Summary(Milestone epoch) => new(
        (int)((epoch.Step + _plan.Steps - 1) / _plan.Steps), epoch.Loss, epoch.Accuracy, epoch.Measured.Loss, epoch.Measured.Score, epoch.LearningRate);

    private (long Epoch, int Step) PlaceOf(long step) => (step / _plan.Steps, (int)(step % _plan.Steps));

    private static JsonArray Contents(IImageClassificationData data) => PictureContents.Of(data.Count, data.ContentOf);

    private static string Describe(IImageClassificationData data) =>
        TrainingFingerprint.Describe(data.Count, Enumerable.Range(0, data.Count).Select(data.ClassOf));
}
