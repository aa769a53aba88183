using System.Buffers.Binary;
using System.Text;

namespace MLNetVision.Fuzz;

/// <summary>Makes broken files of good ones: by bytes, and where a file is text also by its tokens.</summary>
internal sealed class Damage(IReadOnlyList<byte[]> seeds, bool isText)
{
    private static readonly string[] Values =
    [
        "0", "-1", "1", "0.5", "1e308", "-1e308", "1e-320", "2147483647", "2147483648", "-2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
        "1.0", "NaN", "Infinity", "null", "true", "{}", "[]", "[[]]", "\"\"", "\"a\"", "\"\\ud800\"", "\"\\u0000\"", "\"../a\"", "\"/etc/passwd\"", "\"https://a/b\"",
        "[0,0,5,0,5,5]", "[[0,0,5,0,5,5]]", "{\"size\":[8,10],\"counts\":\"P2\"}", "46341", "400000000", "65536", "1000000",
    ];

    private static readonly long[] Numbers = [0, 1, -1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, long.MaxValue, long.MinValue];

    /// <summary>The input of a number.</summary>
    public byte[] Make(int seed, long number)
    {
        var random = new Random(Mix(seed, number));
        byte[] file = (byte[])seeds[random.Next(seeds.Count)].Clone();
        int times = 1 + (int)(random.NextDouble() * random.NextDouble() * 6);
        for (int i = 0; i < times && file.Length > 0; i++)
        {
            file = isText && random.Next(4) > 0 ? Token(file, random) : Bytes(file, random);
        }

        return file;
    }

    private static int Mix(int seed, long number)
    {
        ulong mixed = ((ulong)number + 1) * 0x9E3779B97F4A7C15 ^ (ulong)(uint)seed * 0xBF58476D1CE4E5B9;
        mixed ^= mixed >> 29;
        return (int)(mixed * 0x94D049BB133111EB >> 33);
    }

    private byte[] Bytes(byte[] file, Random random)
    {
        int at = random.Next(file.Length);
        switch (random.Next(9))
        {
            case 0:
                file[at] ^= (byte)(1 << random.Next(8));
                return file;
            case 1:
                file[at] = (byte)random.Next(256);
                return file;
            case 2: // a number of one of the usual widths, near the beginning where headers are
                at = random.Next(Math.Min(file.Length, random.Next(2) == 0 ? 64 : file.Length));
                Span<byte> number = stackalloc byte[8];
                long value = Numbers[random.Next(Numbers.Length)];
                if (random.Next(2) == 0)
                {
                    BinaryPrimitives.WriteInt64LittleEndian(number, value);
                }
                else
                {
                    BinaryPrimitives.WriteInt64BigEndian(number, value << (8 * random.Next(8)));
                }

                number[..Math.Min(1 << random.Next(4), file.Length - at)].CopyTo(file.AsSpan(at));
                return file;
            case 3:
                return file[..at];
            case 4: // a part once more
                int length = random.Next(Math.Min(64, file.Length - at) + 1);
                return [.. file[..at], .. file[at..(at + length)], .. file[at..]];
            case 5:
                int gap = random.Next(Math.Min(64, file.Length - at) + 1);
                return [.. file[..at], .. file[(at + gap)..]];
            case 6: // the end of another file
                byte[] other = seeds[random.Next(seeds.Count)];
                return other.Length == 0 ? file : [.. file[..at], .. other[random.Next(other.Length)..]];
            case 7:
                file.AsSpan(at, random.Next(Math.Min(16, file.Length - at) + 1)).Fill((byte)(random.Next(2) * 255));
                return file;
            default:
                return [.. file, .. file[random.Next(file.Length)..]];
        }
    }

    /// <summary>Puts another value, or another part of the text, in the place of a value.</summary>
    private static byte[] Token(byte[] file, Random random)
    {
        string text = Encoding.Latin1.GetString(file);
        (int begin, int end) = TokenAt(text, random.Next(text.Length));
        string with = random.Next(6) switch
        {
            0 => string.Empty,
            1 => text[begin..end] + text[begin..end],
            2 => TokenOf(text, random.Next(text.Length)),
            3 => string.Concat(Enumerable.Repeat(text[begin..end] + ",", 1 << random.Next(8))),
            _ => Values[random.Next(Values.Length)],
        };
        return Encoding.Latin1.GetBytes(string.Concat(text.AsSpan(0, begin), with, text.AsSpan(end)));
    }

    private static string TokenOf(string text, int at)
    {
        (int begin, int end) = TokenAt(text, at);
        return text[begin..end];
    }

    /// <summary>The word, quoted text or bracket at a place; of an opening bracket all up to its closing one.</summary>
    private static (int Begin, int End) TokenAt(string text, int at)
    {
        static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '+' or '_' or '"' or '\\' or '/' or '%';
        if (text[at] is '[' or '{')
        {
            int depth = 0;
            for (int end = at; end < text.Length; end++)
            {
                depth += text[end] is '[' or '{' ? 1 : text[end] is ']' or '}' ? -1 : 0;
                if (depth == 0)
                {
                    return (at, end + 1);
                }
            }
        }

        if (!IsWord(text[at]))
        {
            return (at, at + 1);
        }

        int first = at, last = at;
        while (first > 0 && IsWord(text[first - 1]))
        {
            first--;
        }

        while (last < text.Length && IsWord(text[last]))
        {
            last++;
        }

        return (first, last);
    }
}
