namespace MLNetVision.Models.Common.Kernels.Threads;

/// <summary>How much work a piece takes: the numbers that were tuned on a machine, not derived from anything.</summary>
/// <remarks>
/// They were chosen on AMD EPYCs of Zen 3 to Zen 5. Measured again on a Zen 5 (48 KB of first-level and 1 MB of second-level
/// cache a core, AVX-512, one thread, other work beside, November 2026) with half and twice each of them: scoring by LeViT
/// (128S alone, 384 in a batch of 16) and Mask2Former (384×384) and LeViT's training step took 0.97 to 1.03 of the time,
/// Mask2Former's training step 1.00 to 1.09, in each case no more than with numbers that it does not use at all. Not
/// measured: <see cref="PerThread"/> and <see cref="HeadsPerThread"/> with several threads, and the tiles of semantic
/// post-processing. The sizes of register tiles stand with the kernels.
/// </remarks>
internal static class PieceSizes
{
    /// <summary>Pieces for each thread, so that one that is held up leaves work to the others.</summary>
    public const int PerThread = 4;

    /// <summary>
    /// Floating-point operations of a pass of LeViT for each thread that takes part, at least: some 0.1 ms. Measured on a Zen 5 with
    /// networks of 1 to 600 million of them in batches of 1 to 32: below twice as many, two threads took as long as one or, beside
    /// other work, longer.
    /// </summary>
    public const double LeastThreadOperations = 8e6;

    /// <summary>Rows that are multiplied with one packed panel after the other: eight tiles of the largest kernel, which stay in the first-level cache's reach.</summary>
    public const int PanelRows = 112;

    /// <summary>Copied rows or lines of a piece: 384 KB, of a second-level cache of 1 MB.</summary>
    public const int CopiedFloats = 96 * 1024;

    /// <summary>Inputs of a panel that is packed for one product in training: 64 KB a panel, 230 KB of rows.</summary>
    public const int PanelInputs = 512;

    /// <summary>Panels that are packed before rows are multiplied with them: 512 KB.</summary>
    public const int PanelsAtOnce = 8;

    /// <summary>Rows or pixels whose outer products are summed in registers: longer sums lose digits, and another number rounds otherwise.</summary>
    public const int SummedRows = 384;

    /// <summary>Intermediate values of a piece in training, the MLP's hidden or attention's projected ones: 1 MB each.</summary>
    public const int TrainedFloats = 1 << 18;

    /// <summary>Rows of a piece of windowed attention in training, at least.</summary>
    public const int LeastAttentionRows = 192;

    /// <summary>Rows of a piece of an MLP in training, at least.</summary>
    public const int LeastMlpRows = 288;

    /// <summary>Rows from which a linear layer in training packs its weight; with fewer, packing costs more than it gains.</summary>
    public const int LeastTrainedRows = 64;

    /// <summary>The MLP's hidden values of a piece in scoring: 768 KB.</summary>
    public const int HiddenFloats = 192 * 1024;

    /// <summary>Patches of a piece of windowed attention in scoring: twelve windows of 49.</summary>
    public const int WindowPatches = 588;

    /// <summary>Rows of a piece of the pixel decoder's encoder in scoring.</summary>
    public const int EncoderRows = 192;

    /// <summary>Queries of a piece of deformable attention, one head's.</summary>
    public const int DeformableQueries = 512;

    /// <summary>Panels of pixels of a piece of the product of mask embeddings and pixel features.</summary>
    public const int MaskPanels = 16;

    /// <summary>Rows of a tile of semantic post-processing, in the masks' size.</summary>
    public const int SemanticRows = 17;

    /// <summary>Columns of a tile of semantic post-processing, in the masks' size.</summary>
    public const int SemanticColumns = 80;

    /// <summary>Rows of a piece of a convolution's weight gradient, of a kernel's row: whole tiles.</summary>
    public const int GradientRows = 252;

    /// <summary>Spans of images whose weight gradients are summed apart, at most. Another number rounds otherwise.</summary>
    public const int GradientSpans = 8;

    /// <summary>Heads for each thread from which LeViT's attention accepts an uneven share instead of splitting heads.</summary>
    public const int HeadsPerThread = 8;
}
