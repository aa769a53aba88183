using MLNetVision.Models.Training.History;

namespace MLNetVision.Models.Training.State;

/// <summary>Where a training stands, apart from its tensors. With them it determines everything that follows.</summary>
/// <remarks>There is no random state: random numbers are a function of seed, step and picture.</remarks>
internal sealed class TrainingPosition
{
    /// <summary>The steps taken, over the whole training.</summary>
    public long Step { get; set; }

    /// <summary>The optimiser's updates: the steps without those that were left out.</summary>
    public long Updates { get; set; }

    /// <summary>The updates of the weight average.</summary>
    public long AverageUpdates { get; set; }

    /// <summary>The steps left out because something was not finite.</summary>
    public long NonFiniteSteps { get; set; }

    /// <summary>The last of them in a row.</summary>
    public int NonFiniteInRow { get; set; }

    /// <summary>The steps left out because too few of their pictures could be read.</summary>
    public long UnreadableSteps { get; set; }

    /// <summary>The matching costs of a segmentation that were not a number.</summary>
    public long UndefinedCosts { get; set; }

    /// <summary>What the steps since the last point of the history came to.</summary>
    public StepSums Sums { get; set; } = new();

    /// <summary>The milestones that were reached.</summary>
    public List<Milestone> Milestones { get; set; } = [];

    /// <summary>The course of the training; each milestone is one of its points.</summary>
    public List<TrainingPoint> History { get; set; } = [];

    /// <summary>The seconds that the training took until it was saved, over all of its runs.</summary>
    public double Seconds { get; set; }

    /// <summary>The milestone that ranks first, from 1; 0 before the first.</summary>
    public int Best { get; set; }

    /// <summary>The milestones since the best one.</summary>
    public int SinceBest { get; set; }

    /// <summary>Whether the training ended by early stopping.</summary>
    public bool StoppedEarly { get; set; }

    /// <summary>The training pictures that could not be read, with the reason.</summary>
    public SortedDictionary<int, string> SkippedTraining { get; set; } = [];

    /// <summary>The validation pictures that could not be read, with the reason.</summary>
    public SortedDictionary<int, string> SkippedValidation { get; set; } = [];
}
