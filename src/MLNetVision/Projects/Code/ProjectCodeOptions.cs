using Microsoft.ML;

namespace MLNetVision.Projects.Code;

/// <summary>How the code of a project is written.</summary>
public sealed class ProjectCodeOptions
{
    /// <summary>The namespace; null, the default, for one that is called as the class, with "_Model" behind. What C# does not allow in it becomes an underscore.</summary>
    public string? Namespace { get; init; }

    /// <summary>
    /// The trained model, whose record says with which settings it was trained; null, the default, for the model file of the project's last
    /// run, or NAME.mlnet beside the project. Where there is none, the code has the settings that the project names, and what it leaves open follows
    /// the data.
    /// </summary>
    public ITransformer? Model { get; init; }
}
