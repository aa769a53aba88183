using System.Text;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Pickle;

/// <summary>A Python tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A Python list.</summary>
internal sealed class PickleList
{
    public List<object?> Items { get; } = [];
}

/// <summary>A Python dict or OrderedDict: its pairs in the order of their assignment, repeated keys included.</summary>
internal sealed class PickleDictionary
{
    public List<(object? Key, object? Value)> Items { get; } = [];

    /// <summary>The value that was last assigned to a text key; null when there is none.</summary>
    public object? Find(string key)
    {
        for (int i = Items.Count - 1; i >= 0; i--)
        {
            if (Items[i].Key is string text && text == key)
            {
                return Items[i].Value;
            }
        }

        return null;
    }
}

/// <summary>A name of the allow-list, as a value. It is data: nothing is looked up or called in any Python sense.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>
/// A Python bytes object, or a text too long to be a key. Long ones stay in the file, so that an array inside a
/// pickle costs no memory before it is read.
/// </summary>
/// <param name="Offset">Where the content begins in the file.</param>
/// <param name="Length">Its stored length in bytes.</param>
/// <param name="IsUtf8">Whether the stored bytes are UTF-8 text that stands for Latin-1 bytes.</param>
/// <param name="Inline">The content itself, where it is short.</param>
internal sealed record PickleBytes(long Offset, long Length, bool IsUtf8, byte[]? Inline)
{
    public static PickleBytes OfLatin1(string text) => new(0, text.Length, IsUtf8: false, Encoding.Latin1.GetBytes(text));
}
