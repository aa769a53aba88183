using System.Text;
using System.Text.Json;
using MLNetVision.Imaging.Annotations.Json;

namespace MLNetVision.Models.Pipelines.Predictions;

/// <summary>Where a line of a file stands.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Start">Its first byte.</param>
/// <param name="Length">Its bytes without the line break.</param>
public readonly record struct JsonLine(int Number, long Start, int Length);

/// <summary>A file with a JSON object on each line, of which any line can be read again. Not for several threads at once.</summary>
public sealed class JsonLineFile : IDisposable
{
    private readonly Stream _file;
    private readonly long _begin;

    /// <summary>Opens a file of UTF-8, or of another encoding that its byte order mark tells, as shells of Windows write what a program says.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public JsonLineFile(string path)
    {
        _file = EncodedText.OtherThanUtf8(path) is null
            ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16)
            : new MemoryStream(EncodedText.ReadUtf8(path), writable: false);
        Span<byte> start = stackalloc byte[Encoding.UTF8.Preamble.Length];
        _begin = _file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual(Encoding.UTF8.Preamble) ? start.Length : 0;
    }

    /// <summary>The lines that are not empty, in order; others may be read meanwhile.</summary>
    /// <param name="withUnended">Whether the last line counts without a line break at its end, which a program that was broken off did not write.</param>
    public IEnumerable<JsonLine> Lines(bool withUnended = true)
    {
        byte[] buffer = new byte[1 << 16];
        long start = _begin, position = _begin;
        for (int number = 1; ;)
        {
            _file.Position = position;
            int read = _file.Read(buffer);
            if (read == 0)
            {
                if (withUnended && position > start)
                {
                    yield return new JsonLine(number, start, checked((int)(position - start)));
                }

                yield break;
            }

            for (int from = 0; from < read;)
            {
                int end = buffer.AsSpan(from, read - from).IndexOf((byte)'\n');
                if (end < 0)
                {
                    break;
                }

                long next = position + from + end + 1;
                int length = checked((int)(next - 1 - start));
                if (length > 1)
                {
                    yield return new JsonLine(number, start, length);
                }

                number++;
                start = next;
                from += end + 1;
            }

            position += read;
        }
    }

    /// <summary>The bytes of a line.</summary>
    /// <param name="line">The line.</param>
    /// <exception cref="EndOfStreamException">The file has become shorter.</exception>
    public byte[] Read(JsonLine line)
    {
        byte[] bytes = new byte[line.Length];
        _file.Position = line.Start;
        _file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>The JSON of a line.</summary>
    /// <param name="line">The line.</param>
    /// <exception cref="JsonException">It is none.</exception>
    public JsonDocument Parse(JsonLine line) => JsonDocument.Parse(Read(line));

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
