namespace MLNetVision.Models.Common.Checkpoints.Loading;

/// <summary>How a checkpoint is loaded into a model.</summary>
public sealed class LoadOptions
{
    /// <summary>What to do when keys differ. Default: lenient.</summary>
    public LoadMode Mode { get; init; } = LoadMode.Lenient;

    /// <summary>
    /// Receives one sentence for each kind of difference that lenient loading went over. Default: standard error.
    /// </summary>
    public Action<string> Warning { get; init; } = Console.Error.WriteLine;

    /// <summary>
    /// Receives instead what follows from a number of labels or rows, or from a class of models, that was asked for. Null: <see cref="Warning"/> does.
    /// </summary>
    internal Action<string>? Information { get; init; }

    /// <summary>How many labels the model has, for messages. Null: not known.</summary>
    internal int? LabelCount { get; init; }

    /// <summary>Whether a key of the checkpoint belongs to a part that models of this class never have, so that leaving it out is no surprise.</summary>
    internal Func<string, bool> IsForeignPartKey { get; init; } = static _ => false;

    /// <summary>
    /// Whether the tensor of a key may have another shape in the checkpoint and then keeps the model's own (initial)
    /// values, because its shape follows the number of labels. The models' <c>FromPretrained</c> set it to their heads.
    /// Default: no key.
    /// </summary>
    public Func<string, bool> IsHeadKey { get; init; } = static _ => false;

    /// <summary>
    /// Whether the tensor of a key may have another number of rows (its first dimension) in the checkpoint: the first rows
    /// are then loaded as far as both have them, and further ones keep the model's own (initial) values.
    /// <c>FromPretrained</c> of Mask2Former sets it to the queries, whose number a config may choose. Default: no key.
    /// </summary>
    public Func<string, bool> IsRowKey { get; init; } = static _ => false;

    /// <summary>
    /// Whether a key holds something that models compute for themselves, such as index tables and batch counters, so
    /// that either side may lack it. Such a key is reported as missing or unexpected, but is neither warned of nor an
    /// error. Default: the counters of batch normalisation, which torch before 0.4.1 did not save.
    /// </summary>
    public Func<string, bool> IsComputedKey { get; init; } = static key => key.EndsWith("num_batches_tracked", StringComparison.Ordinal);

    /// <summary>
    /// The prefix that the keys of a model with a head have and those of the bare model lack, such as <c>levit.</c>:
    /// where the checkpoint is of the one kind and the model of the other, it is added or removed. Default: none.
    /// </summary>
    public string BasePrefix { get; init; } = string.Empty;
}
