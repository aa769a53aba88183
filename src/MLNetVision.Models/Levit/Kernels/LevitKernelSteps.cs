using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;

namespace MLNetVision.Models.Levit.Kernels;

/// <summary>A step of a stage. It holds weights and sizes only; what it works on is in the workspace.</summary>
internal abstract class LevitKernelStep : IDisposable
{
    /// <summary>Into how many independent parts the step falls for a team of so many threads.</summary>
    public abstract int Parts(LevitKernelWorkspace workspace, int threads);

    /// <summary>Does a part.</summary>
    public abstract void Run(LevitKernelWorkspace workspace, int part, int parts, int worker);

    public abstract void Dispose();
}

/// <summary>A linear layer, with hardswish or a residual.</summary>
internal sealed unsafe class LevitLinearStep(PackedPanels weights, int rowsPerImage, LevitMatrix from, int fromPitch, LevitMatrix to) : LevitKernelStep
{
    public bool Hardswish { get; init; }

    /// <summary>Whether what was in the target is added.</summary>
    public bool IsResidual { get; init; }

    public override int Parts(LevitKernelWorkspace workspace, int threads)
    {
        int blocks = RowBlocks(workspace);
        return threads == 1 ? blocks : blocks * Math.Clamp(threads * PieceSizes.PerThread / blocks, 1, weights.Panels);
    }

    public override void Run(LevitKernelWorkspace workspace, int part, int parts, int worker)
    {
        int blocks = RowBlocks(workspace);
        int groups = parts / blocks;
        (int block, int group) = (part / groups, part % groups);
        int firstPanel = group * weights.Panels / groups;
        int endPanel = (group + 1) * weights.Panels / groups;
        int firstRow = block * PieceSizes.PanelRows;
        float* target = workspace[to] + (long)firstRow * weights.OutputPitch;
        var tile = new GemmTile
        {
            A = workspace[from] + (long)firstRow * fromPitch,
            APitch = fromPitch,
            C = target,
            CPitch = weights.OutputPitch,
            Rows = Math.Min(PieceSizes.PanelRows, workspace.Images * rowsPerImage - firstRow),
            Hardswish = Hardswish,
            Residual = IsResidual ? target : null,
            ResidualPitch = weights.OutputPitch,
        };
        weights.Multiply(in tile, firstPanel, endPanel - firstPanel);
    }

    public override void Dispose() => weights.Dispose();

    private int RowBlocks(LevitKernelWorkspace workspace) => (workspace.Images * rowsPerImage + PieceSizes.PanelRows - 1) / PieceSizes.PanelRows;
}

/// <summary>Copies every stride-th token in each direction.</summary>
internal sealed unsafe class LevitSubsampleStep(int resolution, int stride, int pitch) : LevitKernelStep
{
    private readonly int _queryResolution = (resolution - 1) / stride + 1;

    public override int Parts(LevitKernelWorkspace workspace, int threads) => workspace.Images;

    public override void Run(LevitKernelWorkspace workspace, int part, int parts, int worker)
    {
        float* source = workspace[LevitMatrix.Tokens] + (long)part * resolution * resolution * pitch;
        float* target = workspace[LevitMatrix.Subsampled] + (long)part * _queryResolution * _queryResolution * pitch;
        for (int y = 0; y < resolution; y += stride)
        {
            for (int x = 0; x < resolution; x += stride, target += pitch)
            {
                new ReadOnlySpan<float>(source + (long)(y * resolution + x) * pitch, pitch).CopyTo(new Span<float>(target, pitch));
            }
        }
    }

    public override void Dispose()
    {
    }
}
