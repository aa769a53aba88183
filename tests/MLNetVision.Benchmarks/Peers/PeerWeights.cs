using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks.Peers;

/// <summary>The weights that the peers' files were made with: procedural, of low entropy, with a period of 4093 elements.</summary>
internal static class PeerWeights
{
    private const int Period = 4093;

    /// <summary>Overwrites every floating tensor of the state dict but criterion.empty_weight.</summary>
    public static void Fill(nn.Module module, string salt)
    {
        using var noGradient = no_grad();
        foreach ((string key, Tensor tensor) in module.state_dict())
        {
            if (is_floating_point(tensor) && key != "criterion.empty_weight")
            {
                using Tensor value = torch.tensor(Values(salt, key, tensor.shape), tensor.shape);
                tensor.copy_(value);
            }
        }
    }

    private static float[] Values(string salt, string key, long[] shape)
    {
        (double scale, double offset) = Distribution(key, shape);
        int levels = EndsWith(key, "running_var") ? 2 : shape.Length == 1 && EndsWith(key, "weight") ? 4 : 64;
        // The generator's uniform numbers lie in [-0.5, 0.5) at scale one half.
        double[] uniform = [.. ProceduralTensor.Values($"{salt}/{key}", Period, 0.5, 0.5).Select(u => (Math.Floor(levels * (double)u) + 0.5) / levels)];
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)((uniform[i % Period] - 0.5) * 2 * scale + offset);
        }

        if (EndsWith(key, "mask_projection.weight"))
        {
            for (int i = 1; i < values.Length; i += 2)
            {
                values[i] = -values[i - 1];
            }
        }

        return values;
    }

    private static (double Scale, double Offset) Distribution(string key, long[] shape)
    {
        string[] embeddings = ["queries_embedder.weight", "queries_features.weight", "level_embed", "level_embed.weight"];
        return 0 switch
        {
            _ when Array.Exists(embeddings, ending => EndsWith(key, ending)) => (Math.Sqrt(3), 0),
            _ when EndsWith(key, "running_mean") => (0.1, 0),
            _ when EndsWith(key, "running_var") => (0.2, 1),
            _ when shape.Length >= 2 => (Math.Sqrt(3.0 / shape.Skip(1).Aggregate(1L, (a, b) => a * b)), 0),
            _ => (0.1, EndsWith(key, "bias") ? 0 : 1),
        };
    }

    private static bool EndsWith(string key, string ending) => key.EndsWith(ending, StringComparison.Ordinal);
}
