namespace MLNetVision.Models.Common.Checkpoints.Loading;

/// <summary>What to do when the keys of a checkpoint and of a model differ.</summary>
public enum LoadMode
{
    /// <summary>Load what fits, report the rest and warn of it, as Hugging Face's from_pretrained does.</summary>
    Lenient,

    /// <summary>Refuse, before anything is loaded.</summary>
    Strict,
}
