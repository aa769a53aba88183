using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Hub;
using TorchSharp;

namespace MLNetVision.Models.Common.Pretrained;

/// <summary>How a pretrained model is found and loaded.</summary>
public sealed class PretrainedOptions
{
    /// <summary>
    /// The config of the model instead of the config.json beside the weights; needed for the checkpoints of original
    /// repositories, which have none, and for changes: a Mask2Former's num_queries, say, of which the first keep their
    /// weights. Default: null, config.json.
    /// </summary>
    public PretrainedConfig? Config { get; init; }

    /// <summary>
    /// The labels of the model instead of the checkpoint's. Another number of them gives the heads new weights and
    /// leaves the rest as it was trained; the same number keeps the heads too. Default: null, the checkpoint's.
    /// </summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>What to do when keys differ. Default: lenient.</summary>
    public LoadMode Mode { get; init; } = LoadMode.Lenient;

    /// <summary>Receives one sentence for each kind of difference. Default: standard error.</summary>
    public Action<string> Warning { get; init; } = Console.Error.WriteLine;

    /// <summary>Receives instead what follows from another number of labels or queries, or another class of models. Null: <see cref="Warning"/> does.</summary>
    internal Action<string>? Information { get; init; }

    /// <summary>The source of new weights, a CPU generator; null for torch's default one. The model's drop path has one of its own, whose seed follows from this one's.</summary>
    public torch.Generator? Generator { get; init; }

    /// <summary>How a model id is downloaded. Default: as the environment says (HF_HOME, HF_TOKEN, …).</summary>
    public HubOptions Hub { get; init; } = new();

    /// <summary>Ends a download; by default none.</summary>
    public CancellationToken Cancellation { get; init; }
}
