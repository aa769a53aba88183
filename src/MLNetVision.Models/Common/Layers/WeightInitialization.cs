namespace MLNetVision.Models.Common.Layers;

/// <summary>How a model's fresh weights are drawn.</summary>
public enum WeightInitialization
{
    /// <summary>As the paper's authors have it; the one to train from scratch with.</summary>
    Original,

    /// <summary>As Hugging Face transformers 4.37 has it.</summary>
    HuggingFace,
}
