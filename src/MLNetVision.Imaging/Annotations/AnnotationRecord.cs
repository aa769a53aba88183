namespace MLNetVision.Imaging.Annotations;

/// <summary>A record that can be read when its row is reached.</summary>
/// <param name="Name">Its id or file, for messages.</param>
/// <param name="Read">
/// Reads it. Throws <see cref="InvalidDataException"/>, <see cref="FormatException"/> or <see cref="IOException"/> when it
/// cannot be used.
/// </param>
public sealed record AnnotationRecord(string Name, Func<AnnotatedImage> Read);
