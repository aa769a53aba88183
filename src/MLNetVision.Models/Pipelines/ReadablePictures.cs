using MLNetVision.Imaging.Pictures.Sources;

namespace MLNetVision.Models.Pipelines;

/// <summary>Tells pictures that cannot be read apart from those that can.</summary>
internal static class ReadablePictures
{
    internal const string NoPicture = "(a row without a picture)";

    /// <summary>Whether an error says that a picture cannot be read, as opposed to a mistake of the program.</summary>
    public static bool IsUnreadable(Exception e) => e is InvalidDataException or IOException or UnauthorizedAccessException;

    /// <summary>Prepares a batch at once; where that fails because of a picture, one by one.</summary>
    /// <param name="sources">The pictures; null where there is none.</param>
    /// <param name="prepare">Decodes and prepares some pictures; throws if one of them cannot be read.</param>
    /// <param name="join">Makes one input of several; they are its to dispose of.</param>
    /// <param name="unreadable">Told the place of a picture that cannot be read and why, with its name where it has one; on any thread.</param>
    /// <returns>The input of the readable pictures (null if there are none), and their places in the batch.</returns>
    public static (TInput? Input, int[] Places) Prepare<TInput>(
        ReadOnlySpan<ImageSource?> sources, Func<IReadOnlyList<ImageSource>, TInput> prepare, Func<TInput[], TInput> join, Action<int, string> unreadable)
        where TInput : class
    {
        var present = new List<ImageSource>(sources.Length);
        var places = new List<int>(sources.Length);
        for (int i = 0; i < sources.Length; i++)
        {
            if (sources[i] is { } source)
            {
                present.Add(source);
                places.Add(i);
            }
            else
            {
                unreadable(i, NoPicture);
            }
        }

        if (present.Count == 0)
        {
            return (null, []);
        }

        try
        {
            return (prepare(present), [.. places]);
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            if (present.Count == 1)
            {
                unreadable(places[0], e.Message);
                return (null, []);
            }
        }

        TInput?[] inputs = ForEach(present, picture => prepare([picture]), (place, why) => unreadable(places[place], why));
        TInput[] readable = [.. inputs.OfType<TInput>()];
        return readable.Length == 0 ? (null, []) : (join(readable), [.. places.Where((_, i) => inputs[i] is not null)]);
    }

    /// <summary>Reads each picture on a thread of its own; null where there is none or it cannot be read.</summary>
    /// <param name="sources">The pictures; null where there is none.</param>
    /// <param name="read">Reads one.</param>
    /// <param name="unreadable">Told the place of a picture that cannot be read, and why; on any thread.</param>
    public static T?[] ForEach<T>(IReadOnlyList<ImageSource?> sources, Func<ImageSource, T> read, Action<int, string> unreadable)
        where T : class
    {
        var results = new T?[sources.Count];
        Parallel.For(0, results.Length, i =>
        {
            if (sources[i] is not { } source)
            {
                unreadable(i, NoPicture);
                return;
            }

            try
            {
                results[i] = read(source);
            }
            catch (Exception e) when (IsUnreadable(e))
            {
                unreadable(i, e.Message);
            }
        });
        return results;
    }
}
