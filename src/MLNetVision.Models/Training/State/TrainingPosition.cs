using MLNetVision.Models.Training.Engine;

namespace MLNetVision.Models.Training.State;

/// <summary>Where a training stands, apart from its tensors. With them it determines everything that follows.</summary>
/// <remarks>There is no random state: random numbers are a function of seed, epoch, step and picture.</remarks>
internal sealed class TrainingPosition
{
    /// <summary>The epochs that are finished, their validation included.</summary>
    public int Epoch { get; set; }

    /// <summary>The steps taken in the epoch after those.</summary>
    public int Step { get; set; }

    /// <summary>The optimiser's updates.</summary>
    public long Updates { get; set; }

    /// <summary>The updates of the weight average.</summary>
    public long AverageUpdates { get; set; }

    /// <summary>The steps left out because something was not finite.</summary>
    public long NonFiniteSteps { get; set; }

    /// <summary>The last of them in a row.</summary>
    public int NonFiniteInRow { get; set; }

    /// <summary>The sum of the present epoch's losses, one a step.</summary>
    public double LossSum { get; set; }

    /// <summary>The steps in <see cref="LossSum"/>.</summary>
    public int LossSteps { get; set; }

    /// <summary>The pictures of the present epoch that were told right.</summary>
    public long Right { get; set; }

    /// <summary>The pictures of the present epoch.</summary>
    public long Seen { get; set; }

    /// <summary>The epoch that ranks first, from 1; 0 before the first.</summary>
    public int BestEpoch { get; set; }

    /// <summary>The epochs since the best one.</summary>
    public int EpochsWithoutBetter { get; set; }

    /// <summary>Whether the training ended by early stopping.</summary>
    public bool StoppedEarly { get; set; }

    /// <summary>The finished epochs.</summary>
    public List<EpochSummary> History { get; set; } = [];

    /// <summary>The training pictures that could not be read, with the reason.</summary>
    public SortedDictionary<int, string> SkippedTraining { get; set; } = [];

    /// <summary>The validation pictures that could not be read, with the reason.</summary>
    public SortedDictionary<int, string> SkippedValidation { get; set; } = [];

    /// <summary>Clears what belongs to one epoch.</summary>
    public void BeginEpoch()
    {
        (Step, LossSum, LossSteps, Right, Seen) = (0, 0, 0, 0, 0);
    }
}
