using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Losses;

/// <summary>One layer's losses, each a scalar without gradient, its weight multiplied in.</summary>
/// <param name="Class">The classification loss.</param>
/// <param name="Mask">The masks' cross-entropy.</param>
/// <param name="Dice">The masks' dice loss.</param>
public sealed record LayerLoss(Tensor Class, Tensor Mask, Tensor Dice)
{
    /// <summary>The numbers without their graph, in a scope.</summary>
    internal LayerLoss Detach(DisposeScope scope)
    {
        var numbers = new LayerLoss(Class.detach(), Mask.detach(), Dice.detach());
        scope.Attach(numbers.Class);
        scope.Attach(numbers.Mask);
        scope.Attach(numbers.Dice);
        return numbers;
    }

    internal LayerLoss MoveToOuterDisposeScope()
    {
        Class.MoveToOuterDisposeScope();
        Mask.MoveToOuterDisposeScope();
        Dice.MoveToOuterDisposeScope();
        return this;
    }
}

/// <summary>A batch's losses as numbers.</summary>
/// <param name="Total">The sum over all layers.</param>
/// <param name="Class">The final layer's classification loss, weighted.</param>
/// <param name="Mask">The final layer's cross-entropy of masks, weighted.</param>
/// <param name="Dice">The final layer's dice loss, weighted.</param>
public readonly record struct LossValues(float Total, float Class, float Mask, float Dice)
{
    /// <summary>What is known before the first step.</summary>
    internal static LossValues Unknown { get; } = new(float.NaN, float.NaN, float.NaN, float.NaN);

    /// <summary>Whether the total is a number and not infinite.</summary>
    public bool IsFinite => float.IsFinite(Total);
}

/// <summary>The losses of one batch.</summary>
/// <param name="Total">The sum over all layers and kinds, a scalar with gradient, which can be computed once.</param>
/// <param name="Layers">The parts, in the order of the predictions: the final layer is the last.</param>
/// <param name="UndefinedCosts">How many matching costs were not a number.</param>
public sealed record CriterionResult(Tensor Total, IReadOnlyList<LayerLoss> Layers, int UndefinedCosts)
{
    /// <summary>Brings the total and the final layer's parts to the host, in one copy.</summary>
    public LossValues ToValues()
    {
        using var scope = NewDisposeScope();
        ReadOnlySpan<float> values = OnDevice().cpu().data<float>().ToArray();
        return new LossValues(values[0], values[1], values[2], values[3]);
    }

    /// <summary>The total and the final layer's parts where they are, (4) float32 in the order of <see cref="LossValues"/>.</summary>
    internal Tensor OnDevice()
    {
        using var guard = no_grad();
        LayerLoss final = Layers[^1];
        return stack([Total, final.Class, final.Mask, final.Dice]);
    }
}
