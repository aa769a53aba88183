using MLNetVision.Models.Common.Kernels.Vectors;
using MLNetVision.Models.Common.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Optimization;

/// <summary>The L2 norm of all gradients together, and clipping by it (Pascanu et al. 2013, section 3.2).</summary>
internal static class GradientNorm
{
    /// <summary>The norm over all groups; not finite if any gradient is not.</summary>
    public static double Of(IEnumerable<ParameterGroup> groups) => Math.Sqrt(SumOfSquares(groups.Select(group => group.Gradients)));

    /// <summary>The square of the norm over all groups, a float64 scalar where the gradients are; the host does not wait.</summary>
    public static Tensor SquareOnDevice(IEnumerable<ParameterGroup> groups)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return stack([.. groups.Select(group => Squares(group.Gradients))]).sum().MoveToOuterDisposeScope();
    }

    /// <summary>Scales the gradients so that their norm is at most <paramref name="maximum"/>.</summary>
    /// <param name="groups">The groups of <paramref name="norm"/>.</param>
    /// <param name="norm">Their finite norm.</param>
    /// <param name="maximum">The norm above which gradients are scaled down.</param>
    public static void Clip(IEnumerable<ParameterGroup> groups, double norm, double maximum)
    {
        // As torch.nn.utils.clip_grad_norm_ has it, with its 1e-6.
        double factor = maximum / (norm + 1e-6);
        if (factor >= 1)
        {
            return;
        }

        using var _ = no_grad();
        foreach (ParameterGroup group in groups)
        {
            group.Gradients.Scale(factor);
        }
    }

    /// <summary>The sum in float64. Torch's norm adds in float32: of 50 million values it is too small by 4e-3.</summary>
    public static double SumOfSquares(IEnumerable<Tensor> gradients)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        double sum = 0;
        var onDevices = new List<Tensor>();
        foreach (Tensor part in gradients)
        {
            if (IsForKernel(part))
            {
                sum += SquaredSum.Compute(part);
            }
            else
            {
                onDevices.Add(Squares(part));
            }
        }

        // The host waits for a device once, however many parts there are.
        return sum + (onDevices.Count == 0 ? 0 : stack(onDevices).sum().ToNumber());
    }

    private static bool IsForKernel(Tensor gradients) => !GpuForm.IsFor(gradients) && gradients.dtype == ScalarType.Float32;

    private static Tensor Squares(Tensor gradients)
    {
        using var scope = NewDisposeScope();
        Tensor values = gradients.to(ScalarType.Float32);
        return (values * values).sum(ScalarType.Float64).MoveToOuterDisposeScope();
    }
}
