using System.Text.Json;

namespace MLNetVision.Imaging.Annotations.Json;

/// <summary>
/// The tokens of a JSON file of any size, read through a buffer that rolls over it: no more than the buffer is in memory, unless
/// a single token is longer.
/// </summary>
internal ref struct JsonTokens
{
    private const int BufferBytes = 256 * 1024;
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private readonly Stream _stream;
    private byte[] _buffer = new byte[BufferBytes];
    private Utf8JsonReader _reader;
    private long _start; // of the reader's bytes, in the file
    private int _first; // of the reader's bytes, in the buffer
    private int _length; // of the buffer's bytes
    private bool _ended;

    /// <param name="stream">UTF-8, from its beginning, with a byte order mark or without.</param>
    public JsonTokens(Stream stream)
    {
        _stream = stream;
        _length = stream.ReadAtLeast(_buffer, ByteOrderMark.Length, throwOnEndOfStream: false);
        _ended = _length < ByteOrderMark.Length;
        _first = _buffer.AsSpan(0, _length).StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        _start = _first;
        _reader = new Utf8JsonReader(_buffer.AsSpan(_first.._length), _ended, default);
    }

    /// <summary>The current token's type.</summary>
    public readonly JsonTokenType Type => _reader.TokenType;

    /// <summary>Where the current token begins in the file.</summary>
    public readonly long Begin => _start + _reader.TokenStartIndex;

    /// <summary>Where the current token ends in the file.</summary>
    public readonly long End => _start + _reader.BytesConsumed;

    /// <summary>The current token, a property's name or text.</summary>
    public readonly string Text => _reader.GetString()!;

    /// <summary>Goes to the next token.</summary>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="JsonException">The file is not valid JSON, or ends before its JSON does.</exception>
    public bool Read() => _reader.Read() || ReadFurther();

    /// <summary>Goes to the end of the object or list that begins with the current token; stays where neither begins.</summary>
    /// <exception cref="JsonException">The file is not valid JSON, or ends before its JSON does.</exception>
    public void Skip()
    {
        // What ends in the buffer, as most does, the reader skips by itself.
        if (Type is JsonTokenType.StartObject or JsonTokenType.StartArray && !_reader.TrySkip())
        {
            int depth = _reader.CurrentDepth;
            while (Read() && _reader.CurrentDepth > depth)
            {
            }
        }
    }

    /// <summary>Whether the current token, a property's name or text, is this one.</summary>
    public readonly bool Is(string text) => _reader.ValueTextEquals(text);

    /// <summary>The current token as an id; null if it is neither a whole number nor readable text.</summary>
    public readonly RecordKey? Key()
    {
        switch (Type)
        {
            case JsonTokenType.Number:
                return _reader.TryGetInt64(out long whole) ? new RecordKey(whole, null) : _reader.TryGetDouble(out double number) ? RecordKey.Of(number) : null;
            case JsonTokenType.String:
                try
                {
                    return RecordKey.Of(_reader.GetString()!);
                }
                catch (InvalidOperationException)
                {
                    return null; // bytes of another encoding
                }

            default:
                return null;
        }
    }

    private bool ReadFurther()
    {
        while (!_ended)
        {
            Roll();
            if (_reader.Read())
            {
                return true;
            }
        }

        return false;
    }

    // Moves what has not been read to the buffer's front and fills the rest from the file.
    private void Roll()
    {
        int consumed = (int)_reader.BytesConsumed;
        Span<byte> unread = _buffer.AsSpan(_first + consumed, _length - _first - consumed);
        _start += consumed;
        if (unread.Length == _buffer.Length)
        {
            Array.Resize(ref _buffer, GrownLength(unread.Length)); // for a token that is longer than the buffer
        }

        int left = unread.Length;
        unread.CopyTo(_buffer);

        int read = _stream.ReadAtLeast(_buffer.AsSpan(left), 1, throwOnEndOfStream: false);
        _ended = read == 0;
        _length = left + read;
        _first = 0;
        _reader = new Utf8JsonReader(_buffer.AsSpan(0, _length), _ended, _reader.CurrentState);
    }

    private static int GrownLength(int length) => length < Array.MaxLength
        ? (int)Math.Min(2L * length, Array.MaxLength) : throw new JsonException($"a text or number is longer than {Array.MaxLength} bytes");
}
