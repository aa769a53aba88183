using System.Text.Json.Nodes;
using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Optimization;
using MLNetVision.Models.Training.Records;
using MLNetVision.Models.Training.Segmentation.Losses;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Models.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation;

/// <summary>What a training of Mask2Former is beside <see cref="TrainingRun"/>: batches of scenes, the criterion on sampled points, evaluations.</summary>
internal sealed class SegmentationRecipe : ITrainingRecipe
{
    private const string ValidationContents = "ValidationContents";

    // More points than a step can use: each step's points begin at its own multiple.
    private const int PointsPerStepBits = 36;

    // The points of a history without evaluations.
    private const int PointCount = 100;
    private readonly ISegmentationData _data;
    private readonly string _processor;
    private readonly SegmentationTrainingOptions _options;
    private readonly Func<Mask2FormerForUniversalSegmentation, CancellationToken, double>? _evaluation;
    private readonly IProgress<SegmentationTrainingProgress>? _progress;
    private readonly Device _device;
    private readonly InputScaling _scaling;
    private readonly Mask2FormerForUniversalSegmentation _model;
    private readonly Mask2FormerForUniversalSegmentation _running;
    private readonly ScalarType _inputType;
    private readonly bool _readsLate;
    private readonly SeededPointSource _points;
    private readonly ISegmentationData? _evaluated;
    private readonly SegmentationCriterion _criterion;
    private readonly ILearningRateSchedule _schedule;
    private OrderedPrefetch<PreparedScene>? _scenes;
    private LossValues _losses = LossValues.Unknown;

    public SegmentationRecipe(
        Mask2FormerForUniversalSegmentation model, ImageProcessorConfig processor, ISegmentationData data, SegmentationTrainingOptions options,
        Func<Mask2FormerForUniversalSegmentation, CancellationToken, double>? evaluation, ISegmentationData? evaluated, IProgress<SegmentationTrainingProgress>? progress)
    {
        (_model, _processor, _data, _options, _evaluation, _evaluated, _progress) = (model, processor.ToJson(), data, options, evaluation, evaluated, progress);
        _device = model.parameters().First().device;
        _scaling = new InputScaling(processor, _device);
        _points = new SeededPointSource(new RandomStream(options.Seed, RandomPurpose.MaskPoints, 0, 0).NextBits());
        _criterion = new SegmentationCriterion(
            Mask2FormerTraining.CriterionOptions(model.Config) with { MatchingClassWeight = options.MatchingClassWeight, ExcludeIgnored = options.ExcludeIgnored }, _points);
        _schedule = options.Schedule;
        _readsLate = options.ReadsLossesLate ?? GpuForm.IsFor(_device);
        var trainee = new Mask2FormerTrainee(model, options);
        _running = trainee.RunningModel;
        _inputType = options.Precision == TrainingPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        Model = new TrainingModel(trainee, options.WeightAverageDecay, options.GradientClipping);
    }

    public TrainingModel Model { get; }

    public BestWeights Best { get; } = new(measured => new MeasurementRank(measured.Score!.Value));

    public long Steps => _options.Steps;

    public long? MilestoneSteps => _evaluation is null ? null : _options.EvaluationSteps ?? Math.Max(1, Steps);

    public long PointSteps => Math.Max(1, (Steps + PointCount - 1) / PointCount);

    public bool CountsRight => false;

    public int? Patience => _options.EarlyStoppingPatience;

    public string MemoryAdvice =>
        $"the crop ({nameof(SegmentationTrainingOptions.Augmentation)}: now {_options.Augmentation.CropWidth}×{_options.Augmentation.CropHeight})"
        + (_options.GradientCheckpointing ? " or the number of queries" : $", or turn on {nameof(SegmentationTrainingOptions.GradientCheckpointing)}");

    public int PictureCount => _data.Count;

    public TimeSpan Waited => _scenes?.Waited ?? TimeSpan.Zero;

    private int PicturesPerStep => _options.BatchSize * _options.GradientAccumulation;

    public JsonObject Fingerprint()
    {
        JsonObject fingerprint = TrainingFingerprint.Of(
            (_options with { GradientCheckpointing = false }).Deciding, _model.Config.ToJson(), _processor, DataOf(_data).Fingerprint, Contents(_data));
        fingerprint["ValidationPictures"] = _evaluated is null ? null : DataOf(_evaluated).Fingerprint;
        fingerprint[ValidationContents] = _evaluated is null ? null : Contents(_evaluated);
        return fingerprint;
    }

    public string DifferenceOfContents(string name, JsonNode? stored)
    {
        ISegmentationData data = name == ValidationContents && _evaluated is not null ? _evaluated : _data;
        return $"the {(name == ValidationContents ? "validation" : "training")} pictures or their masks {PictureContents.Difference(stored, Contents(data), data.Count, data.NameOf)}";
    }

    public void Begin(long step)
    {
        var order = new SceneOrder(_data, _options.RepeatThreshold, _options.Seed);
        _scenes = new OrderedPrefetch<PreparedScene>(
            step * PicturesPerStep, Steps * PicturesPerStep, _options.PreparingThreads, _options.BatchSize * _options.PrefetchBatches,
            sample => PreparedScene.Load(
                _data, order.At(sample), _options.Augmentation, new RandomStream(_options.Seed, RandomPurpose.Augmentation, 0, sample)));
    }

    public double LearningRateOf(long step) => _options.HighestLearningRate(_options.BatchSize) * _schedule.FactorAt(step);

    public RandomStream LayersOf(long step) => new(_options.Seed, RandomPurpose.Layers, 0, step);

    public double EpochsIn(long steps) => steps * (double)PicturesPerStep / _data.Count;

    public string NameOf(long steps) => $"step {steps}";

    public StepLosses Backward(TrainingPosition position)
    {
        _points.Position = (ulong)position.Step << PointsPerStepBits;
        _losses = default;
        long seen = 0;
        Tensor? unread = null;
        for (int i = 0; i < _options.GradientAccumulation; i++)
        {
            List<PreparedScene> readable = Take(position.SkippedTraining);
            if (readable.Count == 0 || !_losses.IsFinite)
            {
                continue;
            }

            using var scope = NewDisposeScope();
            using GraphMemory memory = GraphMemory.Begin();
            using SceneBatch batch = SceneBatch.Pack(readable, _model.Config.BackboneConfig.PatchSize, _scaling, _device);
            CriterionResult result = _criterion.Compute(Mask2FormerTraining.Predict(_running, batch.PixelValues.to(_inputType)), batch.Targets);
            float share = 1f / _options.GradientAccumulation;
            position.UndefinedCosts += result.UndefinedCosts;
            seen += readable.Count;
            if (_readsLate)
            {
                Tensor values = result.OnDevice().Times(share);
                unread = (unread?.Plus(values) ?? values).MoveToOuterDisposeScope();
                result.Total.Times(share).backward();
                continue;
            }

            LossValues loss = result.ToValues();
            _losses = new LossValues(
                _losses.Total + share * loss.Total, _losses.Class + share * loss.Class, _losses.Mask + share * loss.Mask, _losses.Dice + share * loss.Dice);
            if (loss.IsFinite)
            {
                result.Total.Times(share).backward();
            }
        }

        return unread is null
            ? new StepLosses(new StepSum(_losses.Total, seen))
            : new StepLosses(unread, values =>
            {
                _losses = new LossValues((float)values[0], (float)values[1], (float)values[2], (float)values[3]);
                return new StepSum(_losses.Total, seen);
            });
    }

    public Measurement? Measure(TrainingPosition position, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return null;
        }

        double score = Model.WithKeptWeights(() => _evaluation!(_model, cancellation));
        return cancellation.IsCancellationRequested ? null : new Measurement(null, score);
    }

    public void Report(TrainingProgress common, TrainingPosition position, Milestone? reached) => _progress?.Report(new SegmentationTrainingProgress(common)
    {
        Epoch = EpochsIn(common.Step),
        Loss = _losses.Total,
        Losses = _losses,
        UndefinedCosts = position.UndefinedCosts,
        Score = reached?.Measured.Score,
    });

    public bool FindReadable(TrainingPosition position)
    {
        for (int i = 0; i < _data.Count; i++)
        {
            if (position.SkippedTraining.ContainsKey(i))
            {
                continue;
            }

            if (PreparedScene.Load(_data, i, _options.Augmentation, new RandomStream(_options.Seed, RandomPurpose.Augmentation, 0, 0)).Error is not { } error)
            {
                return true;
            }

            position.SkippedTraining[i] = error;
        }

        return false;
    }

    // There are no running statistics.
    public void Complete(TrainingPosition position)
    {
    }

    public IEnumerable<SkippedImage> SkippedInTraining(TrainingPosition position) =>
        position.SkippedTraining.Select(item => new SkippedImage(_data.NameOf(item.Key), item.Value));

    // Who evaluates reads the pictures and knows.
    public IEnumerable<SkippedImage> SkippedInValidation(TrainingPosition position) => [];

    /// <summary>What the training did, in the words of Mask2Former's recipe.</summary>
    public SegmentationTrainingResult Result(TrainingResult common, TrainingPosition position) => new(
        common, Record(common), position.Best > 0 ? position.Milestones[position.Best - 1].Step : position.Step,
        [.. position.Milestones.Select(evaluation => new SegmentationScore(evaluation.Step, evaluation.Measured.Score!.Value))]);

    /// <summary>What tells some pictures with segments from others.</summary>
    public static TrainingData DataOf(ISegmentationData data) => new()
    {
        Pictures = data.Count,
        Fingerprint = TrainingFingerprint.Describe(data.Count, Enumerable.Range(0, data.Count).SelectMany(i => data.ClassesOf(i).Order().Append(-1))),
    };

    private static JsonArray Contents(ISegmentationData data) => PictureContents.Of(data.Count, data.ContentOf);

    public void Dispose()
    {
        _scenes?.Dispose();
        Model.Dispose();
        Best.Dispose();
        _scaling.Dispose();
    }

    private TrainingRecord Record(TrainingResult common) => TrainingRecord.Of(
        common, "Mask2Former", _evaluation is null ? null : "score", _options, _device, DataOf(_data), validation: null);

    private List<PreparedScene> Take(SortedDictionary<int, string> skipped)
    {
        PreparedScene[] scenes = [.. Enumerable.Range(0, _options.BatchSize).Select(_ => _scenes!.Take())];
        foreach (PreparedScene unreadable in scenes.Where(scene => scene.Image is null))
        {
            skipped[unreadable.Index] = unreadable.Error!;
        }

        return [.. scenes.Where(scene => scene.Image is not null)];
    }
}
