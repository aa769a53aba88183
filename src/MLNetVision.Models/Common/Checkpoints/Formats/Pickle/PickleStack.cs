using System.Runtime.InteropServices;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Pickle;

/// <summary>The values that a pickle's instructions work on, bounded in number and nesting.</summary>
internal sealed class PickleStack(PickleSource source)
{
    private const int MaximumValues = 1 << 16;
    private const int MaximumMarks = 1000;

    private readonly List<object?> _values = [];
    private readonly Stack<int> _marks = new();

    // Values below the last mark belong to the collection around.
    private int Floor => _marks.TryPeek(out int mark) ? mark : 0;

    public void Push(object? value)
    {
        if (_values.Count == MaximumValues)
        {
            throw source.Broken($"has more than {MaximumValues} unfinished values at byte {source.Position}");
        }

        _values.Add(value);
    }

    /// <summary>Opens a collection.</summary>
    public void Mark()
    {
        if (_marks.Count == MaximumMarks)
        {
            throw source.Broken($"nests deeper than {MaximumMarks} collections at byte {source.Position}");
        }

        _marks.Push(_values.Count);
    }

    public object? Top() =>
        _values.Count > Floor ? _values[^1] : throw source.Broken($"uses a value that is not there before byte {source.Position}");

    public object? Pop() => PopMany(1)[0];

    public object?[] PopMany(int count)
    {
        if (_values.Count - Floor < count)
        {
            throw source.Broken($"takes a value that is not there before byte {source.Position}");
        }

        int begin = _values.Count - count;
        object?[] items = CollectionsMarshal.AsSpan(_values)[begin..].ToArray();
        _values.RemoveRange(begin, count);
        return items;
    }

    /// <summary>Closes the collection that was opened last.</summary>
    public object?[] PopToMark()
    {
        if (_marks.Count == 0)
        {
            throw source.Broken($"closes a collection that was not opened before byte {source.Position}");
        }

        object?[] items = PopMany(_values.Count - Floor);
        _marks.Pop();
        return items;
    }
}
