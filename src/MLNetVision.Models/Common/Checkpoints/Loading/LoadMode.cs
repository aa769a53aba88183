namespace MLNetVision.Models.Common.Checkpoints.Loading;

/// <summary>What to do when the keys of a checkpoint and of a model differ.</summary>
public enum LoadMode
{
    /// <summary>Load what fits, report the rest and warn of it, as Hugging Face's from_pretrained does.</summary>
    Lenient,

    /// <summary>Refuse, before anything is loaded.</summary>
    Strict,

    /// <summary>
    /// Refuse where the checkpoint lacks something that the model needs; leave out what it has beyond that, such as counters of an averaged model, and
    /// warn of it. What scores takes this: a model without all of its weights answers nonsense.
    /// </summary>
    Complete,
}
