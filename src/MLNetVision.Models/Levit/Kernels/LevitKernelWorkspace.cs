using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;

namespace MLNetVision.Models.Levit.Kernels;

/// <summary>The matrices that the steps of a stage read and write.</summary>
internal enum LevitMatrix
{
    /// <summary>The tokens of the current stage.</summary>
    Tokens,

    /// <summary>Queries, keys and values, or the hidden layer of an MLP.</summary>
    Wide,

    /// <summary>The attended values.</summary>
    Attended,

    /// <summary>Every second token in each direction.</summary>
    Subsampled,

    /// <summary>The queries of a subsampling attention.</summary>
    Queries,

    /// <summary>The tokens of the next stage.</summary>
    Next,
}

/// <summary>The memory of one forward pass over a few images: made once, used again by later passes.</summary>
/// <remarks>
/// A pass must not let what is there flow into its answers, by zero weights neither: another picture may have left what
/// is no number. Only the borders of the planes, which nobody writes, hold zeros for ever.
/// </remarks>
internal sealed unsafe class LevitKernelWorkspace : IDisposable
{
    private readonly NativeBuffer[] _tokens;
    private readonly NativeBuffer[] _shared;
    private readonly NativeBuffer[] _scratch;
    private readonly NativeBuffer[] _planes;
    private readonly int[] _tokenElements;

    public LevitKernelWorkspace(LevitKernelSizes sizes, int threads)
    {
        Threads = threads;
        _tokens = [.. sizes.TokenElements.Select((elements, stage) => Allocate(elements, stage == 0 ? sizes.StemImages : sizes.Images, sizes))];
        _shared = [.. sizes.SharedElements.Select(elements => Allocate(elements, 1, sizes))];
        _scratch = [.. Enumerable.Range(0, threads).Select(_ => ZeroedBuffer.Allocate(sizes.ScratchElements))];
        _planes = [.. sizes.PlaneElements.Select(elements => Allocate(elements, 1, sizes))];
        _tokenElements = [.. sizes.TokenElements];
    }

    /// <summary>The threads that there is memory for.</summary>
    public int Threads { get; }

    /// <summary>The number of images in the current stage.</summary>
    public int Images { get; private set; }

    /// <summary>The current stage.</summary>
    public int Stage { get; private set; }

    private int FirstImage { get; set; }

    /// <summary>Marks what an earlier pass left as arbitrary.</summary>
    public void Poison()
    {
        foreach (NativeBuffer buffer in new[] { _tokens, _shared, _scratch }.SelectMany(buffers => buffers))
        {
            buffer.Poison();
        }
    }

    /// <summary>Begins a stage.</summary>
    /// <param name="stage">Which one.</param>
    /// <param name="images">How many images pass it together.</param>
    /// <param name="firstImage">The place of the first of them among the next stage's images.</param>
    public void Begin(int stage, int images, int firstImage) => (Stage, Images, FirstImage) = (stage, images, firstImage);

    public float* this[LevitMatrix matrix] => matrix switch
    {
        LevitMatrix.Tokens => _tokens[Stage].Pointer,
        LevitMatrix.Next => _tokens[Stage + 1].Pointer + (long)FirstImage * _tokenElements[Stage + 1],
        _ => _shared[(int)matrix - 1].Pointer,
    };

    /// <summary>A padded plane of the stem: 0 the input, 1 to 3 what the convolutions make.</summary>
    public float* Plane(int index) => _planes[index].Pointer;

    /// <summary>Memory of one thread.</summary>
    public float* Scratch(int worker) => _scratch[worker].Pointer;

    public void Dispose()
    {
        foreach (NativeBuffer buffer in new[] { _tokens, _shared, _scratch, _planes }.SelectMany(buffers => buffers))
        {
            buffer.Dispose();
        }
    }

    private static NativeBuffer Allocate(long elements, int images, LevitKernelSizes sizes) =>
        ZeroedBuffer.Allocate(elements * images + (long)GemmKernels.ReadableRows * sizes.LargestPitch);
}

/// <summary>How much memory a workspace needs; all in elements.</summary>
/// <param name="StemImages">The images that pass the stem and the first stage together.</param>
/// <param name="Images">The images that pass the later stages together.</param>
/// <param name="TokenElements">Per image: the tokens of each stage.</param>
/// <param name="SharedElements">In total: the matrices from <see cref="LevitMatrix.Wide"/> to <see cref="LevitMatrix.Queries"/>.</param>
/// <param name="PlaneElements">The planes of the stem, for one image.</param>
/// <param name="ScratchElements">Per thread.</param>
/// <param name="LargestPitch">The longest row, by which matrices may be read beyond their end.</param>
internal sealed record LevitKernelSizes(
    int StemImages, int Images, IReadOnlyList<int> TokenElements, IReadOnlyList<long> SharedElements, IReadOnlyList<long> PlaneElements, long ScratchElements, int LargestPitch);
