namespace MLNetVision.Projects.Code;

/// <summary>The kind of an application that is begun with a trained model.</summary>
public enum ApplicationKind
{
    /// <summary>A program that takes a picture and prints what the model says.</summary>
    Console,

    /// <summary>A web service that takes pictures, with a page.</summary>
    WebApi,
}
