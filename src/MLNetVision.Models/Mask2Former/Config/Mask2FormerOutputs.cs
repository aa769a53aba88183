namespace MLNetVision.Models.Mask2Former.Config;

/// <summary>What a call of a Mask2Former model is to return; what is not asked for is neither computed nor kept.</summary>
[Flags]
public enum Mask2FormerOutputs
{
    /// <summary>The class logits of the last layer, which are always there, and nothing else.</summary>
    None = 0,

    /// <summary>The mask logits of the last layer.</summary>
    Masks = 1,

    /// <summary>The class and mask logits of the layers before the last.</summary>
    AuxiliaryLogits = 1 << 1,

    /// <summary>The last maps of backbone and pixel decoder and the last state of the queries.</summary>
    LastHiddenStates = 1 << 2,

    /// <summary>All maps of backbone and pixel decoder and the state of the queries before and after every layer.</summary>
    HiddenStates = 1 << 3,

    /// <summary>The queries' normalised states, from which each layer predicts.</summary>
    IntermediateStates = 1 << 4,

    /// <summary>The self-attention weights of the masked decoder.</summary>
    Attentions = 1 << 5,

    /// <summary>The masks of the masked attention, as they are predicted for each layer.</summary>
    AttentionMasks = 1 << 6,

    /// <summary>
    /// Every layer's class logits and mask embeddings, and the mask features: what a loss on sampled points needs,
    /// without a single full mask.
    /// </summary>
    MaskEmbeddings = 1 << 7,

    /// <summary>A prediction: class and mask logits.</summary>
    Prediction = Masks,

    /// <summary>Everything that Hugging Face's output classes have.</summary>
    All = Masks | AuxiliaryLogits | LastHiddenStates | HiddenStates | IntermediateStates | Attentions | AttentionMasks | MaskEmbeddings,
}
