namespace MLNetVision.Projects.Code;

/// <summary>How an application is begun.</summary>
public sealed class ApplicationOptions
{
    /// <summary>The name of the application, its folder and its project; null, the default, for NAME_ConsoleApp1 or NAME_WebApi1.</summary>
    public string? Name { get; init; }

    /// <summary>The namespace of the model's code; null, the default, for the application's name.</summary>
    public string? Namespace { get; init; }

    /// <summary>Whether files of an application that was begun before may be written over; by default false. A file that this library did not write is kept in any case.</summary>
    public bool Overwrite { get; init; }
}
