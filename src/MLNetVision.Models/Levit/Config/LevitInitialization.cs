namespace MLNetVision.Models.Levit.Config;

/// <summary>How the weights of a new model are drawn.</summary>
public enum LevitInitialization
{
    /// <summary>
    /// LeViT's own, for training from scratch: uniform convolution and linear weights, and BatchNorm weights of 0
    /// where a residual branch ends, so that every residual block starts as the identity.
    /// </summary>
    Original,

    /// <summary>Hugging Face's: normal weights of standard deviation initializer_range, BatchNorm weights of 1.</summary>
    HuggingFace,
}
