using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Records;

/// <summary>Where and in which numbers a training computed.</summary>
/// <param name="Device">"cpu", or a GPU such as "cuda:0".</param>
/// <param name="Precision">The arithmetic of the passes.</param>
/// <param name="Tf32">Whether a GPU rounded the inputs of float32 products to TF32.</param>
public sealed record TrainingCompute(string Device, TrainingPrecision Precision, bool Tf32)
{
    /// <summary>What computes now.</summary>
    internal static TrainingCompute Of(Device device, TrainingPrecision precision) => device.type == DeviceType.CPU
        ? new TrainingCompute("cpu", precision, Tf32: false)
        : new TrainingCompute($"cuda:{Math.Max(0, device.index)}", precision, Common.Native.Tf32.IsOn);

    /// <summary>A few words.</summary>
    public override string ToString() => $"{Device}, {Precision}{(Tf32 ? ", products in TF32" : string.Empty)}";
}
