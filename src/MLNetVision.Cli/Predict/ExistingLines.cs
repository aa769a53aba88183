using System.Text;
using System.Text.Json;

namespace MLNetVision.Cli.Predict;

/// <summary>The answers that a file of lines already holds, found by picture; only where they stand is kept in memory.</summary>
internal sealed class ExistingLines : IDisposable
{
    private readonly Dictionary<string, (FileStream File, long Start, int Length)> _lines = new(StringComparer.Ordinal);
    private readonly List<FileStream> _files = [];

    /// <summary>Reads the files that are there; a later one goes before an earlier one. A line that is broken off, or that names a problem, counts as none.</summary>
    public ExistingLines(params string[] files)
    {
        foreach (string file in files.Where(File.Exists))
        {
            FileStream stream = File.OpenRead(file);
            _files.Add(stream);
            Read(stream);
        }
    }

    public int Count => _lines.Count;

    /// <summary>The line of a picture; null if there is none.</summary>
    public string? Find(string image)
    {
        if (!_lines.TryGetValue(image, out (FileStream File, long Start, int Length) place))
        {
            return null;
        }

        byte[] line = new byte[place.Length];
        place.File.Position = place.Start;
        place.File.ReadExactly(line);
        return Encoding.UTF8.GetString(line);
    }

    public bool Contains(string image) => _lines.ContainsKey(image);

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void Read(FileStream stream)
    {
        byte[] buffer = new byte[1 << 16];
        using var line = new MemoryStream();
        long start = 0, position = 0;
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, read);
            for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
            {
                line.Write(rest[..end]);
                position += end + 1;
                Note(stream, start, line);
                start = position;
            }

            line.Write(rest);
            position += rest.Length;
        }
    }

    private void Note(FileStream stream, long start, MemoryStream line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line.GetBuffer().AsMemory(0, (int)line.Length));
            if (json.RootElement.TryGetProperty("image", out JsonElement image) && !json.RootElement.TryGetProperty("problem", out _))
            {
                _lines[image.GetString() ?? string.Empty] = (stream, start, (int)line.Length);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Broken off, or written by something else: the picture is asked about again.
        }

        line.SetLength(0);
    }
}
