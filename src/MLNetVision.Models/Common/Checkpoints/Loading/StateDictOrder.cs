using TorchSharp;
using TorchSharp.Modules;

namespace MLNetVision.Models.Common.Checkpoints.Loading;

/// <summary>Collects a module's state dict in PyTorch's order: of each module its parameters, its buffers, then its children.</summary>
/// <remarks>TorchSharp's own state_dict lists all parameters of a model before all of its buffers.</remarks>
internal static class StateDictOrder
{
    public static Dictionary<string, torch.Tensor> Collect(torch.nn.Module module, Dictionary<string, torch.Tensor>? destination, string? prefix)
    {
        destination ??= [];
        string start = string.IsNullOrEmpty(prefix) ? string.Empty : prefix + ".";
        foreach ((string name, Parameter parameter) in module.named_parameters(recurse: false))
        {
            destination.TryAdd(start + name, parameter);
        }

        foreach ((string name, torch.Tensor buffer) in module.named_buffers(recurse: false, include_nonpersistent: false))
        {
            destination.TryAdd(start + name, buffer);
        }

        foreach ((string name, torch.nn.Module child) in module.named_children())
        {
            Collect(child, destination, start + name);
        }

        return destination;
    }
}
