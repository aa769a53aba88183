using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Mask2Former.TransformerDecoder;

/// <summary>Multi-head attention on projected queries, keys and values.</summary>
internal static class MultiHeadAttention
{
    /// <param name="query">(batch, queries, channels).</param>
    /// <param name="key">(batch, keys, channels).</param>
    /// <param name="value">(batch, keys, channels).</param>
    /// <param name="heads">The heads that the channels are split into.</param>
    /// <param name="allowed">Bool (batch, queries, keys), where a query may look; or null for everywhere.</param>
    /// <param name="needWeights">Whether the weights are returned.</param>
    /// <param name="dropout">Drops weights.</param>
    /// <returns>(batch, queries, channels), and (batch, heads, queries, keys) where weights are needed.</returns>
    public static (Tensor Output, Tensor? Weights) Compute(
        Tensor query, Tensor key, Tensor value, int heads, Tensor? allowed, bool needWeights, Func<Tensor, Tensor>? dropout)
    {
        query = Split(query);
        key = Split(key);
        value = Split(value);
        allowed = allowed?.unsqueeze(1); // the same for every head, without a copy
        if (!needWeights && dropout is null)
        {
            return (Join(F.scaled_dot_product_attention(query, key, value, allowed)), null);
        }

        Tensor scores = query.Over(Math.Sqrt(query.shape[3])).matmul(key.transpose(-1, -2));
        if (allowed is not null)
        {
            scores = scores.FilledWhere(allowed.logical_not(), double.NegativeInfinity);
        }

        Tensor weights = scores.softmax(-1);
        return (Join((dropout is null ? weights : dropout(weights)).matmul(value)), needWeights ? weights : null);

        Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);

        static Tensor Join(Tensor x) => x.transpose(1, 2).flatten(2);
    }
}
