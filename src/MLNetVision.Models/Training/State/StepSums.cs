using System.Text.Json.Serialization;

namespace MLNetVision.Models.Training.State;

/// <summary>What the batches of a step gave.</summary>
/// <param name="Loss">Their mean loss; not finite if one of theirs is not.</param>
/// <param name="Seen">Their pictures; 0 if none could be read.</param>
/// <param name="Right">The pictures told right; 0 where a loss alone is computed.</param>
internal readonly record struct StepSum(double Loss, long Seen, long Right = 0);

/// <summary>What the steps since a point of the history came to; those that were left out do not count.</summary>
internal sealed class StepSums
{
    /// <summary>The losses, one a step.</summary>
    public double Loss { get; set; }

    /// <summary>The steps.</summary>
    public long Steps { get; set; }

    /// <summary>The pictures told right.</summary>
    public long Right { get; set; }

    /// <summary>The pictures.</summary>
    public long Seen { get; set; }

    /// <summary>NaN before the first step.</summary>
    [JsonIgnore]
    public double MeanLoss => Steps == 0 ? double.NaN : Loss / Steps;

    /// <summary>NaN before the first step.</summary>
    [JsonIgnore]
    public double Accuracy => Seen == 0 ? double.NaN : Right / (double)Seen;

    public void Add(StepSum step)
    {
        Loss += step.Loss;
        Steps++;
        Right += step.Right;
        Seen += step.Seen;
    }
}
