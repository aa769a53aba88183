using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Naming;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Config;
using TorchSharp;

namespace MLNetVision.Models.Common.Pretrained;

/// <summary>What a model class needs to be loaded from a checkpoint.</summary>
/// <typeparam name="TConfig">Its config.</typeparam>
/// <typeparam name="TModel">The model class.</typeparam>
internal sealed class PretrainedModel<TConfig, TModel>
    where TConfig : PretrainedConfig, new()
    where TModel : torch.nn.Module
{
    /// <summary>Makes the model with new weights.</summary>
    public required Func<TConfig, torch.Generator?, TModel> Create { get; init; }

    /// <summary>The keys whose shape follows the number of labels.</summary>
    public Func<string, bool> IsHeadKey { get; init; } = static _ => false;

    /// <summary>The keys whose number of rows a config may choose; the first rows are loaded.</summary>
    public Func<string, bool> IsRowKey { get; init; } = static _ => false;

    /// <summary>The keys that models compute for themselves.</summary>
    public required Func<string, bool> IsComputedKey { get; init; }

    /// <summary>The prefix that models with a head put before the bare model's keys.</summary>
    public required string BasePrefix { get; init; }

    /// <summary>The names that other projects give to the tensors.</summary>
    public required IReadOnlyList<KeyTable> Tables { get; init; }

    /// <summary>Loads a model, in eval mode.</summary>
    /// <param name="source">A folder, a weights file, or a model id.</param>
    /// <param name="options">Null for the defaults.</param>
    public (TModel Model, LoadReport Report) Load(string source, PretrainedOptions? options)
    {
        options ??= new PretrainedOptions();
        using PretrainedFolder folder = PretrainedSource.Resolve(source, options.Hub, options.Cancellation).Open();
        TConfig config = ReadConfig(folder, options);
        TModel model = Create(config, options.Generator);
        try
        {
            // The folder owns the checkpoint; the mapped view of it needs no disposal of its own.
            ICheckpoint checkpoint = KeyTable.Adapt(folder.Checkpoint, Tables);
            LoadReport report = CheckpointLoader.Load(model, checkpoint, new LoadOptions
            {
                Mode = options.Mode,
                Warning = options.Warning,
                IsHeadKey = IsHeadKey,
                IsRowKey = IsRowKey,
                IsComputedKey = IsComputedKey,
                BasePrefix = BasePrefix,
            });
            model.eval();
            return (model, report);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static TConfig ReadConfig(PretrainedFolder folder, PretrainedOptions options)
    {
        PretrainedConfig? given = options.Config;
        if (given is not (null or TConfig))
        {
            throw new ArgumentException($"The option Config is a {given.GetType().Name}; {typeof(TModel).Name} needs a {typeof(TConfig).Name}.", nameof(options));
        }

        TConfig config = given as TConfig ?? folder.ReadConfig<TConfig>("Give the config by PretrainedOptions.Config.");
        return options.Labels is null ? config : config with { Labels = options.Labels };
    }
}
