using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Optimization;

/// <summary>The L2 norm of all gradients together, and clipping by it (Pascanu et al. 2013, section 3.2).</summary>
internal static class GradientNorm
{
    /// <summary>The norm over all groups; not finite if any gradient is not.</summary>
    public static double Of(IEnumerable<ParameterGroup> groups)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        double sum = 0;
        foreach (Tensor norm in groups.Select(group => linalg.vector_norm(group.Gradients)))
        {
            double value = norm.ToDouble();
            sum += value * value;
        }

        return Math.Sqrt(sum);
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
            group.Gradients.mul_(factor);
        }
    }
}
