using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Layers;

/// <summary>
/// Which learned bias belongs to a pair of query and key: one per head and per distance (|Δy|, |Δx|), section 4.2.
/// </summary>
/// <remarks>
/// The biases of a resolution r are an r×r table in row-major order of (|Δy|, |Δx|): the order in which Hugging Face's
/// constructor meets the distances. They are gathered in every forward pass, so no copy
/// of them can be stale. The forms for scoring gather them once and keep them: LevitFusedAttention for libtorch,
/// LevitAttentionStep for the kernels.
/// </remarks>
internal sealed class LevitAttentionBias : IDisposable
{
    private const int KeptDevices = 4;

    private readonly TensorsBySize<(int KeyResolution, int Stride)> _index = new(KeptDevices);
    private readonly int _stride;

    /// <param name="keyResolution">The tokens along one side of the keys.</param>
    /// <param name="stride">Every which key token is a query, along each side.</param>
    public LevitAttentionBias(int keyResolution, int stride)
    {
        KeyResolution = keyResolution;
        QueryResolution = (keyResolution - 1) / stride + 1;
        _stride = stride;
    }

    public int KeyResolution { get; }

    public int QueryResolution { get; }

    public long Distances => (long)KeyResolution * KeyResolution;

    /// <summary>[heads, distances] -> [heads, queries, keys].</summary>
    public Tensor Gather(Tensor biases)
    {
        using Tensor index = _index.Get((KeyResolution, _stride), biases.device, ScalarType.Int64, size => tensor(Index(size.KeyResolution, size.Stride)));
        return biases.index_select(1, index).view(biases.shape[0], (long)QueryResolution * QueryResolution, Distances);
    }

    /// <summary>The same of an attention layer's weights, in row-major order.</summary>
    public static float[] Gather(WeightScope layer, int heads, int keyResolution, int stride)
    {
        int distances = keyResolution * keyResolution;
        float[] biases = layer.Read("attention_biases", heads, distances);
        long[] index = Index(keyResolution, stride);
        var gathered = new float[heads * index.Length];
        for (int i = 0; i < gathered.Length; i++)
        {
            gathered[i] = biases[i / index.Length * distances + index[i % index.Length]];
        }

        return gathered;
    }

    /// <summary>For each query, then each key, in row-major order: |Δy| · resolution + |Δx|.</summary>
    public static long[] Index(int keyResolution, int stride)
    {
        int queryResolution = (keyResolution - 1) / stride + 1;
        var index = new long[queryResolution * queryResolution * keyResolution * keyResolution];
        int i = 0;
        for (int query = 0; query < queryResolution * queryResolution; query++)
        {
            (int queryY, int queryX) = (query / queryResolution * stride, query % queryResolution * stride);
            for (int key = 0; key < keyResolution * keyResolution; key++)
            {
                (int keyY, int keyX) = (key / keyResolution, key % keyResolution);
                index[i++] = Math.Abs(queryY - keyY) * keyResolution + Math.Abs(queryX - keyX);
            }
        }

        return index;
    }

    public void Dispose() => _index.Dispose();
}
