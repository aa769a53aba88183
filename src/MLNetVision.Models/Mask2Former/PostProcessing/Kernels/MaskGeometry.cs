using MLNetVision.Models.Mask2Former.Processing;

namespace MLNetVision.Models.Mask2Former.PostProcessing.Kernels;

/// <summary>
/// The way of one picture's masks from the logits' grid to the picture's pixels: to a middle grid, where logits become
/// probabilities and masks, and from there to the target.
/// </summary>
internal sealed class MaskGeometry
{
    private MaskGeometry(AxisMap toMiddleRows, AxisMap toMiddleColumns, bool isMiddleTheTarget, int height, int width)
    {
        (Rows, Columns, IsMiddleTheTarget, Height, Width) = (toMiddleRows, toMiddleColumns, isMiddleTheTarget, height, width);
    }

    /// <summary>From the logits' rows to the middle grid's.</summary>
    public AxisMap Rows { get; }

    /// <summary>From the logits' columns to the middle grid's.</summary>
    public AxisMap Columns { get; }

    /// <summary>Whether the middle grid has the target's pixels already.</summary>
    public bool IsMiddleTheTarget { get; }

    /// <summary>The target's rows.</summary>
    public int Height { get; }

    /// <summary>The target's columns.</summary>
    public int Width { get; }

    /// <summary>From the middle grid's rows to the target's.</summary>
    public AxisMap TargetRows => AxisMap.Bilinear(Rows.Length, Height);

    /// <summary>From the middle grid's columns to the target's.</summary>
    public AxisMap TargetColumns => AxisMap.Bilinear(Columns.Length, Width);

    /// <summary>As transformers: the middle grid has 384 × 384 points whatever the picture's shape.</summary>
    public static MaskGeometry HuggingFace(int logitRows, int logitColumns, TargetSize target)
    {
        const int side = 384;
        (int height, int width) = target.Target ?? (side, side);
        return new MaskGeometry(AxisMap.Bilinear(logitRows, side), AxisMap.Bilinear(logitColumns, side), (height, width) == (side, side), height, width);
    }

    /// <summary>As the original: logits to the padded input, without its padding, to the picture; then probabilities.</summary>
    public static MaskGeometry Original(int logitRows, int logitColumns, TargetSize target)
    {
        (int inputHeight, int inputWidth) = target.Input ?? throw Missing();
        (int validHeight, int validWidth) = target.Valid ?? (inputHeight, inputWidth);
        (int height, int width) = target.Target ?? (validHeight, validWidth);
        AxisMap rows = AxisMap.Bilinear(logitRows, inputHeight).Then(AxisMap.Bilinear(validHeight, height));
        AxisMap columns = AxisMap.Bilinear(logitColumns, inputWidth).Then(AxisMap.Bilinear(validWidth, width));
        return new MaskGeometry(rows, columns, isMiddleTheTarget: true, height, width);

        static ArgumentException Missing() => new("The original's way to enlarge masks needs the size of the model's input, which the target does not give.");
    }
}
