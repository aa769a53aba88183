using System.Text;

namespace MLNetVision.Imaging.Metrics;

/// <summary>The frame of a saved partial evaluation: a signature, a version, its kind and the class names, then the counts.</summary>
internal static class EvaluatorState
{
    private const string Signature = "MLNetVision evaluation";
    private const int Version = 2; // 1 had no number of missed images

    public static BinaryWriter Write(Stream stream, string kind, IReadOnlyList<string> classNames, long missed)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Signature);
        writer.Write(Version);
        writer.Write(kind);
        writer.Write(classNames.Count);
        foreach (string name in classNames)
        {
            writer.Write(name);
        }

        writer.Write(missed);
        return writer;
    }

    public static T Read<T>(Stream stream, string kind, Func<BinaryReader, string[], long, T> readCounts)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        try
        {
            Expect(Signature, reader.ReadString(), "signature");
            int version = reader.ReadInt32();
            if (version > Version)
            {
                throw new InvalidDataException($"The saved evaluation has version {version}, which is too new; this library reads up to {Version}.");
            }

            Expect(kind, reader.ReadString(), "kind");
            var names = new List<string>();
            for (int left = ReadCount(reader); left > 0; left--)
            {
                names.Add(reader.ReadString());
            }

            return readCounts(reader, [.. names], version > 1 ? reader.ReadInt64() : 0);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"The saved evaluation is broken: {e.Message}", e);
        }
    }

    public static int ReadCount(BinaryReader reader, int most = int.MaxValue)
    {
        int count = reader.ReadInt32();
        return count >= 0 && count <= most ? count : throw new InvalidDataException($"The saved evaluation is broken: it has {count} where 0 to {most} was expected.");
    }

    public static void CheckSameClasses(IReadOnlyList<string> mine, IReadOnlyList<string> other)
    {
        if (!mine.SequenceEqual(other, StringComparer.Ordinal))
        {
            throw new ArgumentException($"Evaluations of different classes cannot be merged: {mine.Count} classes ({string.Join(", ", mine.Take(5))}…) met {other.Count} ({string.Join(", ", other.Take(5))}…).", nameof(other));
        }
    }

    private static void Expect(string expected, string found, string what)
    {
        if (found != expected)
        {
            throw new InvalidDataException($"This is not a saved evaluation of the expected form: its {what} is '{found}', where '{expected}' was expected.");
        }
    }
}
