using MLNetVision.Projects.Code;

namespace MLNetVision.Projects.Runs;

/// <summary>How a project is trained, beside what the project says.</summary>
public sealed class ProjectTrainingOptions
{
    /// <summary>
    /// Whether the project's last run goes on where it was broken off, instead of a new one; by default false. The project has to say what
    /// it said then: on the CPU the weights are those of a run that was never broken off.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>What made the run, such as a command line, from what was settled; kept in the run's args.json. By default null.</summary>
    public Func<ProjectTrainingPlan, string>? Command { get; init; }

    /// <summary>Whether C# code is written beside the model, see <see cref="ProjectCode"/>; by default true.</summary>
    public bool WritesCode { get; init; } = true;

    /// <summary>Told each line that goes into the run's log.txt, without warnings; by default null.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Told each warning, which goes into the run's log.txt too; by default null.</summary>
    public Action<string>? Warning { get; init; }
}
