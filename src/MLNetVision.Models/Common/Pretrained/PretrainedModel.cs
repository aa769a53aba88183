using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Naming;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Weights;
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

    /// <summary>The keys of parts that other models with the same backbone have.</summary>
    public Func<string, bool> IsForeignPartKey { get; init; } = static _ => false;

    /// <summary>The keys that models compute for themselves.</summary>
    public required Func<string, bool> IsComputedKey { get; init; }

    /// <summary>The keys that only training reads.</summary>
    public Func<string, bool> IsTrainingKey { get; init; } = static _ => false;

    /// <summary>The prefix that models with a head put before the bare model's keys.</summary>
    public required string BasePrefix { get; init; }

    /// <summary>What the tensors' keys look like, here and in other projects.</summary>
    public required ModelKeys Keys { get; init; }

    /// <summary>Loads a model, in eval mode.</summary>
    /// <param name="source">A folder, a weights file, or a model id.</param>
    /// <param name="options">Null for the defaults.</param>
    public (TModel Model, LoadReport Report) Load(string source, PretrainedOptions? options)
    {
        options ??= new PretrainedOptions();
        using PretrainedFolder folder = Open(source, options);

        // The folder owns the checkpoint; the mapped view of it needs no disposal of its own.
        ICheckpoint checkpoint = Keys.Adapt(folder.Checkpoint);
        TConfig config = ReadConfig(folder, checkpoint, options);
        TModel model = Create(config, options.Generator);
        try
        {
            LoadReport report = CheckpointLoader.Load(model, checkpoint, new LoadOptions
            {
                Mode = options.Mode,
                Warning = options.Warning,
                Information = options.Information,
                LabelCount = config.NumLabels,
                IsHeadKey = IsHeadKey,
                IsRowKey = IsRowKey,
                IsForeignPartKey = IsForeignPartKey,
                IsComputedKey = IsComputedKey,
                BasePrefix = BasePrefix,
            });
            model.eval();
            Array.ForEach([.. config.Complaints], options.Warning);
            return (model, report with { Warnings = [.. config.Complaints, .. report.Warnings] });
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Reads the weights for a form that is no module. libtorch is not loaded.</summary>
    /// <param name="source">A folder, a weights file, or a model id.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="build">Makes the form of the config and the weights; a weight that it asks for must be there.</param>
    /// <exception cref="CheckpointMismatchException">The checkpoint has keys that are not used, in strict mode.</exception>
    public TForm Read<TForm>(string source, PretrainedOptions? options, Func<TConfig, WeightScope, TForm> build)
        where TForm : IDisposable
    {
        options ??= new PretrainedOptions();
        if (options.Generator is not null)
        {
            throw new ArgumentException("The option Generator draws new weights, which only a model can have: a form for scoring takes all from the checkpoint.", nameof(options));
        }

        using PretrainedFolder folder = Open(source, options);
        ICheckpoint checkpoint = Keys.Adapt(folder.Checkpoint);
        TConfig config = ReadConfig(folder, checkpoint, options);
        var weights = new CheckpointWeights(checkpoint);
        TForm form = build(config, new WeightScope(weights));
        string[] unused = [.. weights.Keys.Where(key => !weights.ReadKeys.Contains(key) && !IsComputedKey(key) && !IsTrainingKey(key))];
        if (unused.Length > 0 && options.Mode == LoadMode.Strict)
        {
            form.Dispose();
            throw new CheckpointMismatchException(
                $"The checkpoint does not fit the model: unexpected {string.Join(", ", unused)}.",
                new LoadReport { Loaded = [.. weights.ReadKeys], Missing = [], Unexpected = unused, Reshaped = [], Resized = [], Converted = [], Renamed = [] });
        }

        Array.ForEach([.. config.Complaints, .. checkpoint.Remarks, .. checkpoint.Unreadable.Select(tensor => $"The tensor '{tensor.Name}' is of a type that cannot be read: {tensor.Type}.")], options.Warning);
        if (unused.Length > 0)
        {
            options.Warning($"{unused.Length} keys are in the checkpoint but not in the model and were left out: {string.Join(", ", unused)}.");
        }

        return form;
    }

    private static PretrainedFolder Open(string source, PretrainedOptions options) =>
        PretrainedSource.Resolve(source, options.Hub, options.Cancellation).Open();

    private static TConfig ReadConfig(PretrainedFolder folder, ICheckpoint checkpoint, PretrainedOptions options)
    {
        PretrainedConfig? given = options.Config;
        if (given is not (null or TConfig))
        {
            throw new ArgumentException($"The option Config is a {given.GetType().Name}; {typeof(TModel).Name} needs a {typeof(TConfig).Name}.", nameof(options));
        }

        TConfig config = given as TConfig ?? folder.ReadConfig<TConfig>("Give the config by PretrainedOptions.Config.");
        if (given is null)
        {
            ConfigComparison.Check(config, checkpoint); // under the model's names, where the weights have another project's
        }

        return options.Labels is null ? config : config with { Labels = options.Labels };
    }
}
