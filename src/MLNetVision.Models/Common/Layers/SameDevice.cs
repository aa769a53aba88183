using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>Refuses tensors on different devices before an operator does so without naming them.</summary>
internal static class SameDevice
{
    /// <summary>Checks that a tensor is where another one is.</summary>
    /// <param name="what">What the tensor is called in the message, in the plural.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="otherWhat">What the other one is called, in the plural.</param>
    /// <param name="other">The other one.</param>
    /// <param name="parameter">The caller's parameter, or null.</param>
    /// <exception cref="ArgumentException">They are on different devices.</exception>
    public static void Check(string what, Tensor tensor, string otherWhat, Tensor other, string? parameter = null) =>
        Check(what, tensor.device, otherWhat, other.device, parameter);

    /// <summary>The same of devices.</summary>
    public static void Check(string what, Device device, string otherWhat, Device other, string? parameter = null)
    {
        if (device.type != other.type || device.index != other.index)
        {
            throw new ArgumentException($"The {what} are on {device}, but the {otherWhat} are on {other}. Move them to one device first.", parameter);
        }
    }
}
