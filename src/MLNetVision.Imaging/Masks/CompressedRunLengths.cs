using System.Text;
using MLNetVision.Imaging.Memory;

namespace MLNetVision.Imaging.Masks;

/// <summary>
/// COCO's compressed text of run lengths. A number is written in groups of five bits, lowest first, as the characters
/// '0' (48) to 'o' (111): bit 5 says that more groups follow, bit 4 of the last group is the sign. From the fourth
/// on, each count is stored as its difference to the count two before.
/// </summary>
internal static class CompressedRunLengths
{
    private const int FirstCharacter = '0';
    private const int LastCharacter = 'o';
    private const int More = 0x20;
    private const int Sign = 0x10;

    /// <summary>Counts are below 2³¹ and differences below 2³²: 33 bits with the sign, seven groups.</summary>
    private const int LongestNumber = 7;

    /// <summary>Beyond this many bits a number is out of any range, however it is padded.</summary>
    private const int LargestShift = 55;

    public static string Write(ReadOnlySpan<int> counts)
    {
        const int Piece = 1 << 14;
        if (counts.Length <= Piece)
        {
            return Write(counts, 0, counts.Length);
        }

        // Seven characters a count would be several times the text of a large mask.
        var text = new StringBuilder();
        for (int first = 0; first < counts.Length; first += Piece)
        {
            text.Append(Write(counts, first, Math.Min(counts.Length, first + Piece)));
        }

        return text.ToString();
    }

    private static string Write(ReadOnlySpan<int> counts, int first, int end)
    {
        using var loan = new ArrayLoan<char>((end - first) * LongestNumber);
        char[] text = loan.Array;
        int length = 0;
        for (int i = first; i < end; i++)
        {
            long value = i > 2 ? (long)counts[i] - counts[i - 2] : counts[i];
            bool more;
            do
            {
                long group = value & 0x1f;
                value >>= 5;
                more = (group & Sign) != 0 ? value != -1 : value != 0;
                text[length++] = (char)(FirstCharacter + (more ? group | More : group));
            }
            while (more);
        }

        return new string(text, 0, length);
    }

    /// <summary>How many pixels the text describes.</summary>
    /// <exception cref="FormatException">The text breaks a rule of the format, or describes more than masks may have.</exception>
    public static int Pixels(ReadOnlySpan<char> text)
    {
        (long beforeLast, long last, long sum) = (0, 0, 0);
        int index = 0;
        for (int i = 0; i < text.Length; index++)
        {
            long value = ReadNumber(text, ref i);
            (beforeLast, last) = (last, index > 2 ? value + beforeLast : value);
            if (last < 0 || last > int.MaxValue - sum)
            {
                throw new FormatException($"The compressed run lengths are broken: count {index} is {last}.");
            }

            sum += last;
        }

        return (int)sum;
    }

    /// <summary>Reads the text as the places where the mask changes.</summary>
    /// <exception cref="FormatException">The text breaks a rule of the format, or its counts do not sum to <paramref name="pixels"/>.</exception>
    public static void Read(ReadOnlySpan<char> text, int pixels, PositionList changes)
    {
        long beforeLast = 0;
        long last = 0;
        long position = 0;
        int index = 0;
        for (int i = 0; i < text.Length; index++)
        {
            long value = ReadNumber(text, ref i);
            long count = index > 2 ? value + beforeLast : value;
            if (count < 0 || count > pixels - position)
            {
                throw new FormatException(
                    $"The compressed run lengths are broken: count {index} is {count}, where 0 to {pixels - position} was expected for a mask of {pixels} pixels.");
            }

            position += count;
            changes.Toggle((int)position);
            (beforeLast, last) = (last, count);
        }

        if (position != pixels)
        {
            throw new FormatException($"The compressed run lengths are broken: they sum to {position} pixels, where {pixels} were expected.");
        }
    }

    private static long ReadNumber(ReadOnlySpan<char> text, ref int i)
    {
        long value = 0;
        int shift = 0;
        while (true)
        {
            if (i == text.Length)
            {
                throw new FormatException("The compressed run lengths are broken: the text ends in the middle of a number.");
            }

            char character = text[i];
            if (character is < (char)FirstCharacter or > (char)LastCharacter)
            {
                throw new FormatException(
                    $"The compressed run lengths are broken: the character at index {i} has code {(int)character}, where 48 ('0') to 111 ('o') was expected.");
            }

            if (shift > LargestShift)
            {
                throw new FormatException($"The compressed run lengths are broken: the number that reaches index {i} is too long for any count.");
            }

            int group = character - FirstCharacter;
            value |= (long)(group & 0x1f) << shift;
            shift += 5;
            i++;
            if ((group & More) == 0)
            {
                return (group & Sign) != 0 ? value | (-1L << shift) : value;
            }
        }
    }
}
