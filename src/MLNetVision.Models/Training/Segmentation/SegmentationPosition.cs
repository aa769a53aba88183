namespace MLNetVision.Models.Training.Segmentation;

/// <summary>Where a segmentation training stands, apart from its tensors. With them it determines everything that follows.</summary>
internal sealed class SegmentationPosition
{
    /// <summary>The steps taken.</summary>
    public long Step { get; set; }

    /// <summary>The optimiser's updates.</summary>
    public long Updates { get; set; }

    /// <summary>The updates of the weight average.</summary>
    public long AverageUpdates { get; set; }

    /// <summary>The steps left out because something was not finite.</summary>
    public long NonFiniteSteps { get; set; }

    /// <summary>The last of them in a row.</summary>
    public int NonFiniteInRow { get; set; }

    /// <summary>The matching costs that were not a number.</summary>
    public long UndefinedCosts { get; set; }

    /// <summary>The evaluation that ranks first, from 1; 0 before the first.</summary>
    public int Best { get; set; }

    /// <summary>Every evaluation.</summary>
    public List<SegmentationScore> Scores { get; set; } = [];

    /// <summary>The pictures that could not be read, with the reason.</summary>
    public SortedDictionary<int, string> Skipped { get; set; } = [];
}
