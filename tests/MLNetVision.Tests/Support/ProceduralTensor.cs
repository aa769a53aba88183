using System.Text;
using TorchSharp;

namespace MLNetVision.Tests.Support;

/// <summary>The generator that the goldens' README describes: the same tensors in every language, without files.</summary>
internal static class ProceduralTensor
{
    public static ulong Fnv1A64(string text)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ b) * 0x100000001B3;
        }

        return hash;
    }

    public static float[] Values(string name, long count, double scale, double offset)
    {
        ulong seed = Fnv1A64(name);
        var values = new float[count];
        for (int i = 0; i < values.Length; i++)
        {
            double u = (Mix(seed + (ulong)i) >> 40) / 16777216.0;
            values[i] = (float)((u - 0.5) * 2 * scale + offset);
        }

        return values;
    }

    public static torch.Tensor Create(string name, long[] shape, double scale, double offset) =>
        torch.tensor(Values(name, shape.Aggregate(1L, (a, b) => a * b), scale, offset), shape);

    /// <summary>Overwrites every floating tensor of a module's state dict with its procedural weights.</summary>
    public static void FillWeights(torch.nn.Module module, string salt)
    {
        using (torch.no_grad())
        {
            foreach ((string key, torch.Tensor tensor) in module.state_dict())
            {
                if (!torch.is_floating_point(tensor) || key == "criterion.empty_weight")
                {
                    continue;
                }

                (double scale, double offset) = Distribution(key, tensor.shape);
                using torch.Tensor value = Create($"{salt}/{key}", tensor.shape, scale, offset);
                tensor.copy_(value);
            }
        }
    }

    private static (double Scale, double Offset) Distribution(string key, long[] shape)
    {
        if (key.EndsWith("running_mean", StringComparison.Ordinal))
        {
            return (0.1, 0);
        }

        if (key.EndsWith("running_var", StringComparison.Ordinal))
        {
            return (0.2, 1);
        }

        if (shape.Length >= 2)
        {
            return (Math.Sqrt(3.0 / shape.Skip(1).Aggregate(1L, (a, b) => a * b)), 0);
        }

        return (0.1, key.EndsWith("bias", StringComparison.Ordinal) ? 0 : 1);
    }

    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
