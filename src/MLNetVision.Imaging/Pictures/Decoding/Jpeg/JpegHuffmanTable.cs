namespace MLNetVision.Imaging.Pictures.Decoding.Jpeg;

/// <summary>
/// A Huffman table (T.81, annex C and F) that gives, by the next ten bits, a whole coefficient where it fits into
/// them: code, run of zeros and value.
/// </summary>
internal sealed class JpegHuffmanTable
{
    /// <summary>The bits by which <see cref="Entries"/> is indexed.</summary>
    public const int LookAhead = 10;

    /// <summary>What an end of block adds to a coefficient's index: more than any run can.</summary>
    public const int EndOfBlock = 128;

    /// <summary>Set in an entry that does not hold its value: the bits of the value, or even of the code, are still to be read.</summary>
    public const int IsPartial = 0x40;

    private readonly int[] _endCode = new int[18]; // by length: the first code beyond, to the left of 16 bits
    private readonly int[] _symbolOffset = new int[17];
    private readonly byte[] _symbols;
    private readonly bool _isDc;

    private JpegHuffmanTable(byte[] symbols, bool isDc)
    {
        (_symbols, _isDc) = (symbols, isDc);
        Array.Fill(Entries, IsPartial);
    }

    /// <summary>
    /// Bits 0–5: the bits to drop; bit 6: <see cref="IsPartial"/>; bits 8–15: how far the index moves (the run and the
    /// coefficient itself); bits 16–31: the coefficient, or, where partial, its number of bits. A partial entry that drops
    /// nothing stands for a longer code. In memory that does not move.
    /// </summary>
    public int[] Entries { get; } = GC.AllocateUninitializedArray<int>(1 << LookAhead, pinned: true);

    /// <summary>Builds a table; null where the lengths are not those of a code.</summary>
    /// <param name="counts">The number of codes of each length 1 to 16.</param>
    /// <param name="symbols">The symbols in the codes' order.</param>
    /// <param name="isDc">Whether a symbol is the size of a difference, else a run and a size.</param>
    public static JpegHuffmanTable? Create(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols, bool isDc)
    {
        var table = new JpegHuffmanTable(symbols.ToArray(), isDc);
        int code = 0, index = 0;
        for (int length = 1; length <= 16; length++)
        {
            table._symbolOffset[length] = index - code;
            for (int i = 0; i < counts[length - 1]; i++, code++, index++)
            {
                if (code >= 1 << length || (isDc && symbols[index] > 11))
                {
                    return null;
                }

                table.Fill(code, length, symbols[index]);
            }

            table._endCode[length] = code << (16 - length);
            code <<= 1;
        }

        table._endCode[17] = int.MaxValue;
        return table;
    }

    /// <summary>Finds a code that is longer than the look-ahead; false where there is none.</summary>
    /// <param name="next">The next 16 bits.</param>
    /// <param name="length">The code's bits.</param>
    /// <param name="step">How far the index moves.</param>
    /// <param name="size">The bits of the value behind the code.</param>
    public bool TryLongCode(int next, out int length, out int step, out int size)
    {
        (step, size) = (0, 0);
        length = LookAhead + 1;
        while (length <= 16 && next >= _endCode[length])
        {
            length++;
        }

        if (length > 16)
        {
            return false;
        }

        (step, size) = Meaning(_symbols[_symbolOffset[length] + (next >> (16 - length))]);
        return true;
    }

    /// <summary>The value that bits of a size stand for (T.81, EXTEND).</summary>
    public static int Extend(int bits, int size) => size == 0 ? 0 : bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;

    private (int Step, int Size) Meaning(byte symbol)
    {
        int run = _isDc ? 0 : symbol >> 4, size = _isDc ? symbol : symbol & 15;
        bool isEnd = !_isDc && size == 0 && run != 15;
        return (isEnd ? EndOfBlock : run + 1, size);
    }

    /// <summary>Fills all entries that begin with a code.</summary>
    private void Fill(int code, int length, byte symbol)
    {
        if (length > LookAhead)
        {
            return;
        }

        (int step, int size) = Meaning(symbol);
        int free = LookAhead - length;
        for (int rest = 0; rest < 1 << free; rest++)
        {
            int entry = (code << free) | rest;
            bool isWhole = size <= free;
            int value = isWhole ? Extend(rest >> (free - size), size) : size;
            Entries[entry] = (isWhole ? length + size : length | IsPartial) | (step << 8) | (value << 16);
        }
    }
}
