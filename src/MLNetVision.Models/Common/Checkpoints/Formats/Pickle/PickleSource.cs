using System.Text;
using MLNetVision.Models.Common.Checkpoints.Files;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Pickle;

/// <summary>Reads a range of a file forwards, through a small buffer.</summary>
internal sealed class PickleSource(MappedFile file, long begin, long end)
{
    private const int BufferSize = 64 << 10;
    private const int MaximumLine = 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[Math.Min(BufferSize, Math.Max(0, end - begin))];
    private long _bufferBegin = begin;
    private int _bufferLength;

    public string Path => file.Path;

    /// <summary>The offset in the file of the next byte.</summary>
    public long Position { get; private set; } = begin;

    public long Remaining => end - Position;

    public byte ReadByte() => Read(1)[0];

    /// <summary>The next bytes, valid until the next call; at most the buffer's size.</summary>
    public ReadOnlySpan<byte> Read(int count)
    {
        if (count > Remaining)
        {
            throw Broken($"ends within an instruction at byte {Position}");
        }

        if (Position + count > _bufferBegin + _bufferLength)
        {
            _bufferBegin = Position;
            _bufferLength = (int)Math.Min(_buffer.Length, Remaining);
            file.Read(Position, _buffer.AsSpan(0, _bufferLength));
        }

        ReadOnlySpan<byte> bytes = _buffer.AsSpan((int)(Position - _bufferBegin), count);
        Position += count;
        return bytes;
    }

    /// <summary>Goes over content that stays in the file; returns where it begins.</summary>
    public long Skip(long count)
    {
        if (count < 0 || count > Remaining)
        {
            throw Broken($"claims {count} bytes of content at byte {Position}, but {Remaining} are left");
        }

        long start = Position;
        Position += count;
        if (Position > _bufferBegin + _bufferLength)
        {
            _bufferBegin = Position;
            _bufferLength = 0;
        }

        return start;
    }

    /// <summary>A short line of ASCII text, without its end.</summary>
    public string ReadLine()
    {
        var line = new StringBuilder();
        for (byte next = ReadByte(); next != (byte)'\n'; next = ReadByte())
        {
            if (line.Length == MaximumLine)
            {
                throw Broken($"has a name of more than {MaximumLine} bytes before byte {Position}");
            }

            line.Append((char)next);
        }

        return line.ToString();
    }

    public string ReadUtf8(int count)
    {
        ReadOnlySpan<byte> bytes = Read(count);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"'{Path}': the pickle has a text that is not UTF-8 before byte {Position}.", e);
        }
    }

    public InvalidDataException Broken(string what) => new($"'{Path}': the pickle {what}.");
}
