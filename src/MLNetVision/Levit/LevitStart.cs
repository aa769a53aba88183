using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Internals;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Training.Automatic;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Training;
using static TorchSharp.torch;

namespace MLNetVision.Levit;

/// <summary>The network with which a training starts: found before the pictures are read, planned and made after that.</summary>
internal sealed class LevitStart : IDisposable
{
    /// <summary>What is taken where the options name no start.</summary>
    public const string Published = "facebook/levit-128S";

    private readonly LevitTrainer.Options _options;
    private readonly TrainingStart _start;
    private readonly StartCheckpoint? _source;
    private readonly LevitCheckpoint? _checkpoint;

    private LevitStart(LevitTrainer.Options options, TrainingStart start, StartCheckpoint? source)
    {
        (_options, _start, _source) = (options, start, source);
        try
        {
            _checkpoint = source is null ? null : LevitCheckpoint.Open(source.Source);
        }
        catch
        {
            source?.Dispose();
            throw;
        }
    }

    /// <summary>Finds what the options ask for, or what there is.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="host">Whose log is told of a download, and whose cancellation ends it.</param>
    /// <inheritdoc cref="PretrainedSource.Resolve" path="/exception"/>
    /// <exception cref="ArgumentException">The transformer to start from has no LeViT.</exception>
    /// <exception cref="InvalidDataException">A file of the checkpoint is broken, or it is no LeViT.</exception>
    public static LevitStart Open(LevitTrainer.Options options, IHost host)
    {
        if (options.StartModel is { } model)
        {
            return new LevitStart(options, TrainingStart.Given(TrainingStartKind.Transformer, "a transformer", nameof(options.StartModel)), StartCheckpoint.Of<LevitTransformer>(model, Save));
        }

        if (options.Checkpoint is { } checkpoint)
        {
            PretrainedSource source = HostDownloads.Resolve(host, checkpoint, options.Hub, options.CancellationToken);
            return new LevitStart(options, TrainingStart.Given(TrainingStartKind.Checkpoint, checkpoint, nameof(options.Checkpoint)), StartCheckpoint.Of<LevitTransformer>(source, Save));
        }

        string? asked = options.Config is not null ? nameof(options.Config) : options.Preset is not null ? nameof(options.Preset) : options.FromScratch ? nameof(options.FromScratch) : null;
        if (asked is not null)
        {
            return new LevitStart(options, TrainingStart.FromScratch($"asked for by {asked}", advice: null), source: null);
        }

        ((string Id, PretrainedSource Source)? found, string reason) = PublishedModel.Find([Published], host, options.Hub, options.CancellationToken);
        return found is { } published
            ? new LevitStart(options, TrainingStart.OfPublished(published.Id, reason), StartCheckpoint.Of<LevitTransformer>(published.Source, Save))
            : new LevitStart(
                options,
                TrainingStart.FromScratch(
                    reason,
                    $"The training starts from new weights: {reason}. A network that knows photos learns more of fewer of them: let the hub be reached once, or name a checkpoint in {nameof(options.Checkpoint)}. "
                    + $"{nameof(options.FromScratch)} says that new weights are wanted."),
                source: null);
    }

    /// <summary>Settles everything that the options leave open.</summary>
    /// <param name="labels">The names of the classes.</param>
    /// <param name="facts">What is known of the pictures; asked only where something follows from it.</param>
    public LevitTrainingPlan Plan(IReadOnlyList<string> labels, Func<PictureFacts> facts)
    {
        var known = new Lazy<PictureFacts>(facts);
        LevitConfig network;
        LevitImageProcessorConfig preprocessing;
        if (_checkpoint is not null)
        {
            network = _checkpoint.Config with { ImageSize = _options.ImageSize ?? _checkpoint.Config.ImageSize };
            preprocessing = network.ImageSize == _checkpoint.Config.ImageSize
                ? _checkpoint.Preprocessing
                : _checkpoint.Preprocessing with { Size = ImageSize.Shortest(network.ImageSize), CropSize = ImageSize.Fixed(network.ImageSize, network.ImageSize) };
        }
        else
        {
            LevitConfig? asked = _options.Config ?? (_options.Preset is { } preset ? LevitPresets.Get(preset) : null);
            network = asked ?? LevitRecipes.Network(known.Value);
            network = network with { ImageSize = _options.ImageSize ?? network.ImageSize };
            preprocessing = asked is null ? LevitRecipes.Preparation(network) : LevitImageProcessorConfig.ForImageSize(network.ImageSize);
        }

        network = network with { Labels = labels, DropPathRate = _options.DropPathRate ?? network.DropPathRate };
        return new LevitTrainingPlan
        {
            Start = _start,
            Network = network,
            Preprocessing = _options.Preprocessing ?? preprocessing,
            Training = _options.Training ?? Recipe(known.Value, network),
        };
    }

    /// <summary>Makes the network.</summary>
    /// <param name="plan">What <see cref="Plan"/> gave.</param>
    /// <param name="seed">Where new weights come from.</param>
    /// <param name="warning">Told what of a checkpoint was not used.</param>
    /// <param name="information">Told what starts anew because the classes are others.</param>
    public LevitModelParameters Create(LevitTrainingPlan plan, int seed, Action<string> warning, Action<string> information)
    {
        using var generator = new Generator((ulong)(uint)seed);
        bool hasDistillationHead = _options.DistillationHead ?? _options.HasTeacher;
        if (_checkpoint is null)
        {
            return new LevitModelParameters(
                LevitModelParameters.CreateModule(plan.Network, hasDistillationHead, LevitInitialization.Original, generator), plan.Network, plan.Preprocessing);
        }

        LevitConfig kept = plan.Network with { ImageSize = _checkpoint.Config.ImageSize };
        nn.Module module = _checkpoint.LoadAdapted(kept, hasDistillationHead, generator, warning, information);
        if (plan.Network.ImageSize == kept.ImageSize)
        {
            return new LevitModelParameters(module, kept, plan.Preprocessing);
        }

        using (module)
        {
            nn.Module resized = module is LevitForImageClassificationWithTeacher distilled
                ? distilled.WithImageSize(plan.Network.ImageSize)
                : ((LevitForImageClassification)module).WithImageSize(plan.Network.ImageSize);
            return new LevitModelParameters(resized, plan.Network, plan.Preprocessing);
        }
    }

    public void Dispose() => _source?.Dispose();

    private LevitTrainingOptions Recipe(PictureFacts facts, LevitConfig network)
    {
        LevitTrainingOptions recipe = _checkpoint is null ? LevitRecipes.FromScratch(facts, network) : LevitRecipes.FineTuning(facts, network);
        return _options.AdjustTraining?.Invoke(recipe) ?? recipe;
    }

    private static void Save(LevitTransformer transformer, string folder) => transformer.Model.SavePretrained(folder);
}
