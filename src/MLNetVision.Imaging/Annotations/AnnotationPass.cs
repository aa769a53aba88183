using System.Globalization;

namespace MLNetVision.Imaging.Annotations;

/// <summary>
/// One pass over an annotated data set. What cannot be used is left out and reported: an annotation without its picture, a picture
/// without the data set.
/// </summary>
internal sealed class AnnotationPass(AnnotationSource source, SegmentationLoadOptions options)
{
    private const int MostKept = 1000;

    private readonly List<BadRecord> _found = [];
    private readonly long[] _counts = new long[Enum.GetValues<BadRecordKind>().Length];
    private readonly SortedDictionary<string, (long Pixels, long Maps, bool IsIgnored)> _withoutClass = new(StringComparer.Ordinal);
    private long _pixels;
    private long _used;
    private bool _isComplete;
    private long _absentCount;

    /// <summary>What was found so far, in the order of the records: the first of it, where it is very much.</summary>
    public IReadOnlyList<BadRecord> Found => _found;

    /// <summary>What the pass gave and left out so far.</summary>
    public DataReport State => new(source.Name, source.Records.Count, _used, Count(BadRecordKind.Record), Count(BadRecordKind.Annotation), [.. _found], _isComplete);

    /// <summary>How much of a kind was found so far.</summary>
    public long Count(BadRecordKind kind) => _counts[(int)kind];

    /// <summary>The images that can be used, one at a time.</summary>
    /// <exception cref="InvalidDataException">A record or annotation cannot be used and the options say that this is an error, more records cannot be used than they tolerate, or none at all can.</exception>
    public IEnumerable<AnnotatedImage> Read()
    {
        options.Validate();
        try
        {
            foreach (AnnotatedImage image in ReadAll())
            {
                yield return image;
            }
        }
        finally
        {
            options.PassEnded?.Invoke(State);
        }
    }

    private IEnumerable<AnnotatedImage> ReadAll()
    {
        bool any = false;
        foreach (BadRecord note in source.Notes)
        {
            Report(note, null);
        }

        foreach (AnnotationRecord record in source.Records)
        {
            if (TryRead(record) is { } image)
            {
                any = true;
                if (options.KeepEmptyImages || image.Segments.Count > 0)
                {
                    _used++;
                    yield return image;
                }
            }
        }

        ReportValues();
        _isComplete = true;
        if (!any && Count(BadRecordKind.Record) > 0)
        {
            string hint = _absentCount == Count(BadRecordKind.Record) ? ", since none of its pictures was found: name the folder that they lie in" : string.Empty;
            throw new InvalidDataException($"No record of '{source.Name}' can be used{hint}. {State}");
        }
    }

    private AnnotatedImage? TryRead(AnnotationRecord record)
    {
        AnnotatedImage image;
        try
        {
            image = Fit(record.Read());
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            Report(new BadRecord(record.Name, e.Message), e);
            return null;
        }

        foreach ((BadRecordKind kind, string reason) in image.Notes)
        {
            Report(new BadRecord(record.Name, reason) { Kind = kind }, null);
        }

        Count(record, image);
        return image;
    }

    private AnnotatedImage Fit(AnnotatedImage image)
    {
        if (File.Exists(image.Path))
        {
            image = PictureFrame.Fit(image, options.Orientation);
        }
        else if (options.RequireImages)
        {
            _absentCount++;
            throw new InvalidDataException($"the picture '{image.Path}' does not exist");
        }

        // A picture whose objects are all unusable is none without objects: its pixels would be learned as background.
        string[] lost = [.. image.Notes.Where(note => note.Kind == BadRecordKind.Annotation).Select(note => note.Reason)];
        return image.Segments.Count > 0 || lost.Length == 0
            ? image
            : throw new InvalidDataException(lost.Length == 1 ? lost[0] : $"none of its {lost.Length} annotations can be used: {string.Join("; ", lost.Take(3))}");
    }

    private void Count(AnnotationRecord record, AnnotatedImage image)
    {
        if (image.PixelsWithoutClass is not { } values)
        {
            return;
        }

        _pixels += (long)image.Height * image.Width;
        foreach ((string value, (long pixels, bool isIgnored)) in values)
        {
            // Told once, at the end, where it is no error.
            if (options.BadRecords == BadRecordPolicy.Throw && !isIgnored)
            {
                Report(new BadRecord(record.Name, $"the map has the value {value} at {pixels} pixel(s), which has no class") { Kind = BadRecordKind.Annotation }, null);
            }

            (long Pixels, long Maps, bool IsIgnored) before = _withoutClass.GetValueOrDefault(value);
            _withoutClass[value] = (before.Pixels + pixels, before.Maps + 1, isIgnored);
        }
    }

    private void ReportValues()
    {
        foreach ((string value, (long pixels, long maps, bool isIgnored)) in _withoutClass)
        {
            string share = string.Create(CultureInfo.InvariantCulture, $"{100.0 * pixels / _pixels:0.##} % of the pixels, in {maps} label map(s), are void");
            string why = isIgnored ? $"it is the {nameof(SemanticMaskOptions.IgnoreIndex)}" : "it has no class";
            Report(new BadRecord($"value {value}", $"{why}: {share}; {nameof(SemanticMaskOptions)} can give it a class") { Kind = BadRecordKind.Remark }, null);
        }
    }

    private void Report(BadRecord found, Exception? cause)
    {
        _counts[(int)found.Kind]++;
        if (_found.Count < MostKept)
        {
            _found.Add(found);
        }

        options.BadRecordFound?.Invoke(found);
        if (options.BadRecords == BadRecordPolicy.Throw && found.Kind != BadRecordKind.Remark)
        {
            throw new InvalidDataException($"'{source.Name}', {found}", cause);
        }

        if (found.Kind == BadRecordKind.Record && options.ToleratedBadShare is { } share && Count(BadRecordKind.Record) > share * source.Records.Count)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"More than the tolerated {100 * share:0.##} % of the records cannot be used. {State}"), cause);
        }
    }
}
