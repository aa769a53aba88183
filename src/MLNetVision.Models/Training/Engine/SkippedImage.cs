namespace MLNetVision.Models.Training.Engine;

/// <summary>A picture that was left out because it could not be read or decoded.</summary>
/// <param name="Name">The picture's name in its data.</param>
/// <param name="Reason">The error's message.</param>
public sealed record SkippedImage(string Name, string Reason);
