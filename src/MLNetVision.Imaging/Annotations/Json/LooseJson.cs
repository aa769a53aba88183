using System.Buffers;
using System.Text;

namespace MLNetVision.Imaging.Annotations.Json;

/// <summary>
/// Mends what keeps a whole file from being read as JSON: Python's NaN and Infinity where a value stands, and within texts bytes of
/// another encoding, some of which look like a backslash, and bare control characters. What was mended stays an error of its own
/// field: a number that is a text, and a text that is not valid.
/// </summary>
/// <param name="keepsLength">Whether each piece is replaced by one of as many bytes, so that places in the file stay what they are.</param>
internal sealed class LooseJson(bool keepsLength)
{
    /// <summary>No word or character that is looked at is longer.</summary>
    public const int LookAhead = 12;

    private static readonly (byte[] Word, byte[] SameLength, byte[] Text)[] Words =
    [
        ("NaN"u8.ToArray(), "\"N\""u8.ToArray(), "\"NaN\""u8.ToArray()),
        ("Infinity"u8.ToArray(), "\"Infini\""u8.ToArray(), "\"Infinity\""u8.ToArray()),
        ("-Infinity"u8.ToArray(), "\"-Infini\""u8.ToArray(), "\"-Infinity\""u8.ToArray()),
    ];

    private bool _inText;

    /// <summary>The bytes of a whole value, mended; invalid text becomes half of a character, which no reader takes for text.</summary>
    public static byte[] Mend(ReadOnlySpan<byte> json)
    {
        var mended = new ArrayBufferWriter<byte>(json.Length + 64);
        new LooseJson(keepsLength: false).Write(json, isEnd: true, mended);
        return mended.WrittenSpan.ToArray();
    }

    /// <summary>Mends the next bytes.</summary>
    /// <param name="json">Bytes that follow on those of the last call.</param>
    /// <param name="isEnd">Whether none follow; if not, up to <see cref="LookAhead"/> are left for the next call.</param>
    /// <param name="mended">Where they go.</param>
    /// <returns>How many bytes were taken.</returns>
    public int Write(ReadOnlySpan<byte> json, bool isEnd, IBufferWriter<byte> mended)
    {
        int end = isEnd ? json.Length : json.Length - LookAhead;
        int i = 0;
        while (i < end)
        {
            i += _inText ? WriteText(json[i..], mended) : WriteOutside(json[i..], mended);
        }

        return i;
    }

    private int WriteOutside(ReadOnlySpan<byte> json, IBufferWriter<byte> mended)
    {
        _inText = json[0] == '"';
        if (json[0] is (byte)'N' or (byte)'I' or (byte)'-')
        {
            foreach ((byte[] word, byte[] sameLength, byte[] text) in Words)
            {
                if (json.StartsWith(word))
                {
                    mended.Write(keepsLength ? sameLength : text);
                    return word.Length;
                }
            }
        }

        mended.Write(json[..1]);
        return 1;
    }

    private int WriteText(ReadOnlySpan<byte> json, IBufferWriter<byte> mended)
    {
        byte first = json[0];
        if (first == '"')
        {
            _inText = false;
        }
        else if (first == '\\')
        {
            int escape = Math.Min(2, json.Length);
            mended.Write(json[..escape]);
            return escape;
        }
        else if (first < ' ')
        {
            mended.Write(" "u8);
            return 1;
        }
        else if (first >= 0x80)
        {
            if (Rune.DecodeFromUtf8(json, out _, out int length) == OperationStatus.Done)
            {
                mended.Write(json[..length]);
                return length;
            }

            // The second byte of a character of East Asian encodings may be a backslash.
            int bytes = json.Length > 1 && json[1] is >= 0x40 and < 0x7F ? 2 : 1;
            mended.Write(!keepsLength ? @"\udfff"u8 : bytes == 2 ? "??"u8 : "?"u8);
            return bytes;
        }

        mended.Write(json[..1]);
        return 1;
    }
}
