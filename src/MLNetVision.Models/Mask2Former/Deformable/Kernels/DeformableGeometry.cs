using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Threads;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.Deformable.Kernels;

/// <summary>The sizes of a multi-scale deformable sampling, and how its work is spread over threads.</summary>
/// <param name="Batch">Images.</param>
/// <param name="Keys">Pixels of all levels.</param>
/// <param name="Queries">Queries.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Channels">Channels of a head.</param>
/// <param name="Points">Samples of a query, head and level.</param>
/// <param name="Levels">Height, width and first key of each level.</param>
internal sealed record DeformableGeometry(
    int Batch, int Keys, int Queries, int Heads, int Channels, int Points, (int Height, int Width, int Start)[] Levels)
{
    /// <summary>Reads the sizes from the tensors.</summary>
    public static DeformableGeometry Of(Tensor value, Tensor weights, IReadOnlyList<MapSize> shapes)
    {
        var levels = new (int Height, int Width, int Start)[shapes.Count];
        int start = 0;
        for (int i = 0; i < levels.Length; i++)
        {
            levels[i] = (shapes[i].Height, shapes[i].Width, start);
            start += shapes[i].Area;
        }

        return new DeformableGeometry(
            (int)value.shape[0], (int)value.shape[1], (int)weights.shape[1], (int)value.shape[2], (int)value.shape[3], (int)weights.shape[4], levels);
    }

    /// <summary>The floats from one pixel to the next.</summary>
    public int Row => Heads * Channels;

    /// <summary>Runs an action for every head of every image, on as many threads as torch uses.</summary>
    public void ForEachHead(Action<int, int> action)
    {
        int threads = Math.Min(KernelThreads.Current, Batch * Heads);
        if (threads == 1)
        {
            for (int i = 0; i < Batch * Heads; i++)
            {
                action(i / Heads, i % Heads);
            }

            return;
        }

        Parallel.For(0, Batch * Heads, new ParallelOptions { MaxDegreeOfParallelism = threads }, i => action(i / Heads, i % Heads));
    }
}
