using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Optimization;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), as torch.optim.AdamW computes it.</summary>
/// <remarks>
/// Its state is two plain tensors a group and the number of steps, so that a training can be saved and resumed exactly. A
/// parameter without a gradient counts as one whose gradient is 0; torch leaves it out.
/// </remarks>
internal sealed class AdamW : IDisposable
{
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;

    public AdamW(IReadOnlyList<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8)
    {
        (_beta1, _beta2, _epsilon) = (beta1, beta2, epsilon);
        Groups = groups;
        FirstMoments = [.. groups.Select(group => zeros_like(group.Values).DetachFromDisposeScope())];
        SecondMoments = [.. groups.Select(group => zeros_like(group.Values).DetachFromDisposeScope())];
    }

    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>The means of the gradients, a tensor a group.</summary>
    public IReadOnlyList<Tensor> FirstMoments { get; }

    /// <summary>The means of the squared gradients, a tensor a group.</summary>
    public IReadOnlyList<Tensor> SecondMoments { get; }

    /// <summary>The steps taken.</summary>
    public long Steps { get; set; }

    /// <summary>Moves the values against the gradients.</summary>
    public void Step(double learningRate)
    {
        Steps++;
        double correction1 = 1 - Math.Pow(_beta1, Steps);
        double correction2 = Math.Sqrt(1 - Math.Pow(_beta2, Steps));
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        for (int i = 0; i < Groups.Count; i++)
        {
            ParameterGroup group = Groups[i];
            if (group.Values.numel() == 0)
            {
                continue;
            }

            double rate = learningRate * group.LearningRateScale;
            Tensor gradients = group.Gradients;
            if (group.WeightDecay != 0)
            {
                group.Values.Scale(1 - rate * group.WeightDecay);
            }

            FirstMoments[i].Scale(_beta1).Add(gradients, 1 - _beta1);
            SecondMoments[i].Scale(_beta2).AddProduct(gradients, gradients, 1 - _beta2);
            Tensor denominator = SecondMoments[i].sqrt().Divide(correction2).Add(_epsilon);
            group.Values.AddQuotient(FirstMoments[i], denominator, -rate / correction1);
        }
    }

    public void Dispose()
    {
        foreach (Tensor moment in FirstMoments.Concat(SecondMoments))
        {
            moment.Dispose();
        }
    }
}
