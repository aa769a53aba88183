using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints;

/// <summary>The state dict of a module in torch's own order.</summary>
internal static class ModuleState
{
    /// <summary>
    /// Every parameter and persistent buffer with its key: module by module, parameters before buffers, as torch's
    /// state_dict orders them (TorchSharp's puts all parameters of a tree before its buffers). A tensor that is
    /// registered under two keys comes under both.
    /// </summary>
    public static IEnumerable<(string Key, torch.Tensor Tensor)> Of(torch.nn.Module module, string prefix = "")
    {
        foreach ((string name, torch.Tensor parameter) in module.named_parameters(recurse: false))
        {
            yield return (prefix + name, parameter);
        }

        foreach ((string name, torch.Tensor buffer) in module.named_buffers(recurse: false, include_nonpersistent: false))
        {
            yield return (prefix + name, buffer);
        }

        foreach ((string name, torch.nn.Module child) in module.named_children())
        {
            foreach ((string, torch.Tensor) item in Of(child, $"{prefix}{name}."))
            {
                yield return item;
            }
        }
    }
}
