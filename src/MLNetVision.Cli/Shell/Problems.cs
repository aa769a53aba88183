namespace MLNetVision.Cli.Shell;

/// <summary>Counts what was wrong with single pictures or records. The first are warnings; all others would bury them and are details.</summary>
internal sealed class Problems(Reporter reporter)
{
    /// <summary>How many are warnings.</summary>
    public const int InFull = 5;

    public int Count { get; private set; }

    public void Add(string problem)
    {
        Count++;
        if (Count <= InFull)
        {
            reporter.Warning(problem);
        }
        else
        {
            reporter.Detail(problem);
        }
    }
}
