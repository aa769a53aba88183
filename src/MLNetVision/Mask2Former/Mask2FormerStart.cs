using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Training.Automatic;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Training;
using static TorchSharp.torch;

namespace MLNetVision.Mask2Former;

/// <summary>The network with which a training starts: found before the pictures are read, planned and made after that.</summary>
internal sealed class Mask2FormerStart : IDisposable
{
    // Of the longest to the shortest edge, as in the processor's defaults.
    private const double EdgeRatio = 1333.0 / 800;
    private const string OfScenes = "facebook/mask2former-swin-tiny-coco-panoptic";
    private const string OfInstances = "facebook/mask2former-swin-tiny-coco-instance";

    private readonly Mask2FormerTrainer.Options _options;
    private readonly TrainingStart _start;
    private readonly StartCheckpoint? _source;
    private readonly Mask2FormerCheckpoint? _checkpoint;

    private Mask2FormerStart(Mask2FormerTrainer.Options options, TrainingStart start, StartCheckpoint? source)
    {
        (_options, _start, _source) = (options, start, source);
        try
        {
            _checkpoint = source is null ? null : Mask2FormerCheckpoint.Open(source.Source);
        }
        catch
        {
            source?.Dispose();
            throw;
        }
    }

    // A start that nobody named may choose the sizes too.
    private bool IsAutomatic => _start.Kind is TrainingStartKind.Published or TrainingStartKind.Starter || (_start.Kind == TrainingStartKind.Scratch && _options.Config is null);

    private static string BetterStart =>
        $"A published checkpoint is better: let the hub be reached once, or name one in {nameof(Mask2FormerTrainer.Options.Checkpoint)}, such as {OfScenes}.";

    /// <summary>Finds what the options ask for, or what there is.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="host">Whose log is told of a download, and whose cancellation ends it.</param>
    /// <inheritdoc cref="PretrainedSource.Resolve" path="/exception"/>
    /// <exception cref="ArgumentException">The transformer to start from has no Mask2Former.</exception>
    /// <exception cref="InvalidDataException">A file of the checkpoint is broken, or it is no Mask2Former.</exception>
    public static Mask2FormerStart Open(Mask2FormerTrainer.Options options, IHost host)
    {
        if (options.StartModel is { } model)
        {
            return new Mask2FormerStart(options, TrainingStart.Given(TrainingStartKind.Transformer, "a transformer", nameof(options.StartModel)), StartCheckpoint.Of<Mask2FormerTransformer>(model, Save));
        }

        if (options.Checkpoint is { } checkpoint)
        {
            PretrainedSource source = HostDownloads.Resolve(host, checkpoint, options.Hub, options.CancellationToken);
            return new Mask2FormerStart(options, TrainingStart.Given(TrainingStartKind.Checkpoint, checkpoint, nameof(options.Checkpoint)), StartCheckpoint.Of<Mask2FormerTransformer>(source, Save));
        }

        if (options.Config is not null)
        {
            return new Mask2FormerStart(options, TrainingStart.FromScratch($"asked for by {nameof(options.Config)}", advice: null), source: null);
        }

        return options.FromScratch
            ? new Mask2FormerStart(options, TrainingStart.FromScratch($"asked for by {nameof(options.FromScratch)}", $"{Poor}, or train for hours. {BetterStart}"), source: null)
            : Choose(options, host);
    }

    /// <summary>Settles everything that the options leave open.</summary>
    /// <param name="labels">The names of the classes.</param>
    /// <param name="facts">What is known of the pictures; asked only where something follows from it.</param>
    /// <param name="hasValidation">Whether there are validation data.</param>
    public Mask2FormerTrainingPlan Plan(IReadOnlyList<string> labels, Func<PictureFacts> facts, bool hasValidation)
    {
        Mask2FormerConfig network = _checkpoint?.Config ?? _options.Config ?? Mask2FormerRecipes.Network;
        network = network with { Labels = labels, NumQueries = _options.NumQueries ?? network.NumQueries };
        SegmentationTrainingOptions training = _options.Training ?? Recipe(facts(), network, hasValidation);
        Mask2FormerImageProcessorConfig preprocessing = _options.Preprocessing ?? Preparation(training);
        return new Mask2FormerTrainingPlan
        {
            Start = _start,
            Network = network,
            Preprocessing = _checkpoint is null || preprocessing.NumLabels is null ? preprocessing : preprocessing with { NumLabels = labels.Count },
            Training = training,
        };
    }

    /// <summary>Makes the network.</summary>
    /// <param name="plan">What <see cref="Plan"/> gave.</param>
    /// <param name="seed">Where new weights come from.</param>
    /// <param name="warning">Told what of a checkpoint was not used.</param>
    /// <param name="information">Told what starts anew because the classes or queries are others.</param>
    public Mask2FormerModelParameters Create(Mask2FormerTrainingPlan plan, int seed, Action<string> warning, Action<string> information)
    {
        using var generator = new Generator((ulong)(uint)seed);
        return new Mask2FormerModelParameters(
            _checkpoint?.LoadAdapted(plan.Network, generator, warning, information) ?? new Mask2FormerForUniversalSegmentation(plan.Network, WeightInitialization.Original, generator),
            plan.Preprocessing);
    }

    public void Dispose() => _source?.Dispose();

    private static Mask2FormerStart Choose(Mask2FormerTrainer.Options options, IHost host)
    {
        string[] published = options.Scoring.Task == SegmentationTask.Instance ? [OfInstances, OfScenes] : [OfScenes, OfInstances];
        ((string Id, PretrainedSource Source)? found, string reason) = PublishedModel.Find(published, host, options.Hub, options.CancellationToken);
        if (found is { } model)
        {
            return new Mask2FormerStart(options, TrainingStart.OfPublished(model.Id, reason), StartCheckpoint.Of<Mask2FormerTransformer>(model.Source, Save));
        }

        if (StarterModel.Find(options.StarterFolder) is { } starter)
        {
            return new Mask2FormerStart(
                options,
                new TrainingStart
                {
                    Kind = TrainingStartKind.Starter,
                    Name = $"the model of {StarterModel.Package}",
                    Reason = reason,
                    Advice = $"The training starts from the small model of {StarterModel.Package}, which knows digits and textures, since {reason}. {BetterStart}",
                },
                StartCheckpoint.Of<Mask2FormerTransformer>(PretrainedSource.Resolve(starter), Save));
        }

        return new Mask2FormerStart(
            options,
            TrainingStart.FromScratch(
                reason,
                $"{Poor}: {reason}, and the application has no package {StarterModel.Package}, whose small model learns simple scenes soon. "
                + $"{BetterStart} {nameof(options.FromScratch)} says that new weights are wanted."),
            source: null);
    }

    private SegmentationTrainingOptions Recipe(PictureFacts facts, Mask2FormerConfig network, bool hasValidation)
    {
        SegmentationTrainingOptions recipe = _checkpoint is null ? Mask2FormerRecipes.FromScratch(facts) : Mask2FormerRecipes.FineTuning(facts, network);
        long? evaluation = hasValidation ? Mask2FormerRecipes.EvaluationSteps(recipe.Steps) : null;
        recipe = recipe with { EvaluationSteps = evaluation };
        recipe = _options.AdjustTraining?.Invoke(recipe) ?? recipe;
        if (hasValidation && recipe.EvaluationSteps == evaluation)
        {
            recipe = recipe with { EvaluationSteps = Mask2FormerRecipes.EvaluationSteps(recipe.Steps) };
        }

        recipe.Validate();
        return recipe;
    }

    private Mask2FormerImageProcessorConfig Preparation(SegmentationTrainingOptions training) =>
        IsAutomatic && _options.Training is null ? Mask2FormerRecipes.Preparation(_checkpoint?.Preprocessing ?? new Mask2FormerImageProcessorConfig(), training)
        : _checkpoint?.Preprocessing ?? ForCrops(training.Augmentation);

    /// <summary>Pictures as large as in training: their shorter side is the crop's.</summary>
    private static Mask2FormerImageProcessorConfig ForCrops(SegmentationAugmentation augmentation)
    {
        int shortest = Math.Min(augmentation.CropHeight, augmentation.CropWidth);
        int longest = Math.Max(augmentation.CropHeight, augmentation.CropWidth);
        return new Mask2FormerImageProcessorConfig { Size = ImageSize.Edges(shortest, (int)Math.Round(longest * EdgeRatio)) };
    }

    private const string Poor = "The training starts from new weights, of which a Mask2Former learns little in minutes: expect a poor model";

    private static void Save(Mask2FormerTransformer transformer, string folder) => transformer.Model.SavePretrained(folder);
}
