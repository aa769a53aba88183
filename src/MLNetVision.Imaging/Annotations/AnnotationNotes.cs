namespace MLNetVision.Imaging.Annotations;

/// <summary>What is wrong with the annotations of one record; each is read by itself, so that none is lost because of its neighbour.</summary>
internal sealed class AnnotationNotes
{
    private readonly List<(BadRecordKind Kind, string Reason)> _all = [];

    public IReadOnlyList<(BadRecordKind Kind, string Reason)> All => _all;

    /// <summary>Notes what is no loss.</summary>
    public void Remark(string reason) => _all.Add((BadRecordKind.Remark, reason));

    /// <summary>Notes an annotation that is left out.</summary>
    public void LeaveOut(string reason) => _all.Add((BadRecordKind.Annotation, reason));

    /// <summary>Reads an annotation; one that cannot be used is noted.</summary>
    /// <param name="name">Its name, for the note.</param>
    /// <param name="read">Reads it.</param>
    /// <returns>Null if it cannot be used.</returns>
    public T? Try<T>(Func<string> name, Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or FormatException)
        {
            LeaveOut($"{name()}: {e.Message}");
            return null;
        }
    }
}
