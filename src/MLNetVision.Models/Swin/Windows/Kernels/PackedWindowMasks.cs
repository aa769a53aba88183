using MLNetVision.Models.Common.Kernels.Attention;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;

namespace MLNetVision.Models.Swin.Windows.Kernels;

/// <summary>
/// The masks of shifted windows in the four kinds that there are: inside, in the last column, in the last row, in the
/// corner. They depend on the window's size alone.
/// </summary>
internal sealed unsafe class PackedWindowMasks
{
    private const float Blocked = -100;
    private readonly NativeBuffer?[] _masks = new NativeBuffer?[4];

    public PackedWindowMasks(int window)
    {
        int patches = window * window;
        Stride = AttentionPacking.Panels(patches) * GemmKernels.PanelColumns;
        for (int kind = 1; kind < 4; kind++)
        {
            var mask = new NativeBuffer((long)patches * Stride);
            mask.Span.Clear();
            for (int query = 0; query < patches; query++)
            {
                for (int key = 0; key < patches; key++)
                {
                    if (Region(query, kind, window) != Region(key, kind, window))
                    {
                        mask.Pointer[query * Stride + key] = Blocked;
                    }
                }
            }

            _masks[kind] = mask;
        }
    }

    /// <summary>From one query's row to the next.</summary>
    public int Stride { get; }

    /// <summary>The mask of a window, or 0 where nothing is blocked.</summary>
    public nint Get(bool lastRow, bool lastColumn) => (nint)(_masks[(lastRow ? 2 : 0) + (lastColumn ? 1 : 0)] is { } mask ? mask.Pointer : null);

    /// <summary>Which of the up to four parts of the window a patch belongs to.</summary>
    private static int Region(int patch, int kind, int window)
    {
        int cut = window - window / 2;
        int below = kind >= 2 && patch / window >= cut ? 2 : 0;
        int right = kind % 2 == 1 && patch % window >= cut ? 1 : 0;
        return below + right;
    }
}
