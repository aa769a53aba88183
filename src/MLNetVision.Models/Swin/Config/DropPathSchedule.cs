namespace MLNetVision.Models.Swin.Config;

/// <summary>How the drop-path rate spreads over the blocks.</summary>
public enum DropPathSchedule
{
    /// <summary>From 0 in the first block to the configured rate in the last, as Swin and Mask2Former were trained.</summary>
    Linear,

    /// <summary>The configured rate in every block, as Hugging Face transformers 4.37 has it.</summary>
    Constant,
}
