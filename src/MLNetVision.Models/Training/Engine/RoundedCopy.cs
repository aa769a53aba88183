using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Engine;

/// <summary>Makes a network the copy in bfloat16 that a training runs, beside the float32 one whose weights it keeps.</summary>
internal static class RoundedCopy
{
    /// <summary>Takes over device, weights and buffers of a network; weights become bfloat16.</summary>
    /// <param name="copy">A network of the same form.</param>
    /// <param name="source">The float32 network.</param>
    /// <param name="exact">The parts of the copy that stay float32, with all within them.</param>
    /// <param name="rounded">The parts within those that do not.</param>
    public static void Make(nn.Module copy, nn.Module source, IEnumerable<nn.Module> exact, IEnumerable<nn.Module> rounded)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        copy.to(source.parameters().First().device).to(ScalarType.BFloat16);
        foreach (nn.Module part in exact)
        {
            part.to(ScalarType.Float32);
        }

        foreach (nn.Module part in rounded)
        {
            part.to(ScalarType.BFloat16);
        }

        // Frozen parts too, which no step of the training copies.
        Dictionary<string, Tensor> values = Tensors(source);
        foreach ((string name, Tensor tensor) in Tensors(copy))
        {
            tensor.copy_(values[name]);
        }
    }

    private static Dictionary<string, Tensor> Tensors(nn.Module module) => module.named_parameters().Select(item => (item.name, (Tensor)item.parameter))
        .Concat(module.named_buffers().Select(item => (item.name, item.buffer))).ToDictionary();
}
