using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace MLNetVision.Models.Training.State;

/// <summary>What tells whether the bytes of a training's pictures are those of before, without reading all of them.</summary>
internal static class PictureContents
{
    /// <summary>The ending of the names under which fingerprints have them.</summary>
    public const string Key = "Contents";

    // Of more pictures several share a number.
    private const int MostNumbers = 4096;
    private const int Sample = 4096;
    private const int Named = 3;

    /// <summary>A number for each picture, or each few: the same for the same bytes.</summary>
    public static JsonArray Of(int count, Func<int, long> contentOf)
    {
        long[] contents = new long[count];
        Parallel.For(0, count, i => contents[i] = contentOf(i));
        int block = BlockOf(count);
        return [.. contents.Chunk(block).Select(part => (JsonNode)part.Aggregate(0L, (sum, content) => unchecked((sum * 31) + content)).ToString("x16", CultureInfo.InvariantCulture))];
    }

    /// <summary>Which pictures are others, in a few words.</summary>
    /// <param name="stored">Those of before.</param>
    /// <param name="present">Those of now.</param>
    /// <param name="count">The pictures now.</param>
    /// <param name="nameOf">What a picture is called.</param>
    public static string Difference(JsonNode? stored, JsonNode? present, int count, Func<int, string> nameOf)
    {
        if (stored is not JsonArray before || present is not JsonArray now || before.Count != now.Count)
        {
            return "are others";
        }

        int block = BlockOf(count);
        int[] changed = [.. Enumerable.Range(0, now.Count).Where(i => !JsonNode.DeepEquals(before[i], now[i]))];
        string more = changed.Length > Named ? $" and {(changed.Length - Named).ToString(CultureInfo.InvariantCulture)} more" : string.Empty;
        string names = string.Join(", ", changed.Take(Named).Select(i => block == 1 ? $"'{nameOf(i)}'" : $"one of the {block} from '{nameOf(i * block)}' on"));
        return $"have changed since: {names}{more}";
    }

    /// <summary>A number for a file: of its length, its beginning and its end, where formats of pictures have their checksums or the last of their codes.</summary>
    /// <returns>0 for a file that cannot be read.</returns>
    public static long OfFile(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            byte[] bytes = new byte[(2 * Sample) + sizeof(long)];
            long length = stream.Length;
            BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
            int read = sizeof(long) + stream.ReadAtLeast(bytes.AsSpan(sizeof(long), Sample), Sample, throwOnEndOfStream: false);
            stream.Position = Math.Max(stream.Position, length - Sample);
            read += stream.ReadAtLeast(bytes.AsSpan(read, Sample), Sample, throwOnEndOfStream: false);
            return OfBytes(bytes.AsSpan(0, read));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>A number for bytes.</summary>
    public static long OfBytes(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(bytes));

    private static int BlockOf(int count) => Math.Max(1, (count + MostNumbers - 1) / MostNumbers);
}
