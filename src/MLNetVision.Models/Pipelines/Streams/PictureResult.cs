using System.Diagnostics.CodeAnalysis;

namespace MLNetVision.Models.Pipelines.Streams;

/// <summary>What came of one of many pictures: a result, or why it could not be read.</summary>
/// <typeparam name="T">The result.</typeparam>
public sealed record PictureResult<T>
    where T : class
{
    internal PictureResult(T result) => Result = result;

    private PictureResult(string problem) => Problem = problem;

    /// <summary>The result; null for a picture that could not be read.</summary>
    public T? Result { get; }

    /// <summary>Why the picture could not be read, with its name where it has one; null where it could.</summary>
    public string? Problem { get; }

    /// <summary>Whether there is a result.</summary>
    [MemberNotNullWhen(true, nameof(Result))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsReadable => Result is not null;

    internal static PictureResult<T> Unreadable(string problem) => new(problem);
}
