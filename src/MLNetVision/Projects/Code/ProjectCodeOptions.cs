namespace MLNetVision.Projects.Code;

/// <summary>How the code of a project is written.</summary>
public sealed class ProjectCodeOptions
{
    /// <summary>The namespace; null, the default, for one that is called as the class, with "_Model" behind. What C# does not allow in it becomes an underscore.</summary>
    public string? Namespace { get; init; }
}
