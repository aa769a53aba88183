using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// A module's state in the order of PyTorch's state_dict: of each module its parameters, its buffers, then its
/// children. TorchSharp's own state_dict lists all parameters of the tree before the first buffer.
/// </summary>
internal static class OrderedStateDict
{
    public static Dictionary<string, Tensor> Collect(nn.Module module, Dictionary<string, Tensor>? destination, string? prefix)
    {
        destination ??= [];
        Add(module, string.IsNullOrEmpty(prefix) ? "" : prefix + ".", destination);
        return destination;
    }

    private static void Add(nn.Module module, string prefix, Dictionary<string, Tensor> destination)
    {
        foreach ((string name, Tensor parameter) in module.named_parameters(recurse: false))
        {
            destination.TryAdd(prefix + name, parameter);
        }

        foreach ((string name, Tensor buffer) in module.named_buffers(recurse: false, include_nonpersistent: false))
        {
            destination.TryAdd(prefix + name, buffer);
        }

        foreach ((string name, nn.Module child) in module.named_children())
        {
            Add(child, prefix + name + ".", destination);
        }
    }
}
