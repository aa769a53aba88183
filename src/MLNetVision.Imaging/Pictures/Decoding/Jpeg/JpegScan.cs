using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace MLNetVision.Imaging.Pictures.Decoding.Jpeg;

/// <summary>Decodes the scan of a sequential JPEG into one plane of pixels a component.</summary>
internal sealed unsafe class JpegScan : IDisposable
{
    private const int EndOfImage = 0xD9, FirstRestart = 0xD0;

    /// <summary>Zeros behind the data, so that the reader needs no check of each load.</summary>
    private const int Padding = 16;

    private const int OutOfRange = 1 << JpegTransform.CoefficientBits;

    /// <summary>Where a block's coefficients go; all beyond the last go to a place of their own.</summary>
    private static readonly byte[] NaturalOrder = BuildNaturalOrder();

    private readonly JpegHeader _header;
    private readonly int _unitsAcross;
    private readonly int _unitsDown;
    private readonly JpegPlane[] _planes;
    private readonly byte[] _bits;

    private JpegScan(JpegHeader header, int scanBytes)
    {
        _header = header;
        int unitWidth = 8 * header.Components[0].Horizontal, unitHeight = 8 * header.Components[0].Vertical;
        _unitsAcross = (header.Width + unitWidth - 1) / unitWidth;
        _unitsDown = (header.Height + unitHeight - 1) / unitHeight;
        _planes = [.. header.Components.Select((component, i) => new JpegPlane(header, component, header.Selectors[i], _unitsAcross, _unitsDown))];
        _bits = ArrayPool<byte>.Shared.Rent(scanBytes + Padding);
    }

    /// <summary>Decodes a scan; null where its data are not sound.</summary>
    public static JpegScan? TryDecode(JpegHeader header, ReadOnlySpan<byte> file)
    {
        var scan = new JpegScan(header, file.Length - header.ScanStart);
        bool isSound = false;
        try
        {
            isSound = scan.Decode(file);
            return isSound ? scan : null;
        }
        finally
        {
            if (!isSound)
            {
                scan.Dispose();
            }
        }
    }

    /// <summary>A component's pixels and the length of their rows, which have padding.</summary>
    public (byte[] Pixels, int Stride) Pixels(int component) => (_planes[component].Pixels, _planes[component].Stride);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bits);
        foreach (JpegPlane plane in _planes)
        {
            ArrayPool<byte>.Shared.Return(plane.Pixels);
        }
    }

    private bool Decode(ReadOnlySpan<byte> file)
    {
        int at = _header.ScanStart, units = _unitsAcross * _unitsDown;
        int interval = _header.Restart == 0 ? units : _header.Restart;
        for (int first = 0, restarts = 0; first < units; first += interval, restarts++)
        {
            int length = Unstuff(file, ref at, out int marker);
            bool isLast = first + interval >= units;
            if (marker != (isLast ? EndOfImage : FirstRestart + (restarts & 7)) || !DecodeInterval(first, Math.Min(units, first + interval), length))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Copies data up to the next marker without the zeros that follow each 0xFF.</summary>
    private int Unstuff(ReadOnlySpan<byte> file, ref int at, out int marker)
    {
        Span<byte> target = _bits;
        int length = 0;
        marker = 0;
        while (true)
        {
            ReadOnlySpan<byte> rest = file[at..];
            int run = rest.IndexOf((byte)0xFF);
            if (run < 0 || run + 1 >= rest.Length)
            {
                return length; // no marker: the file is cut off
            }

            rest[..run].CopyTo(target[length..]);
            length += run;
            at += run + 2;
            switch (rest[run + 1])
            {
                case 0:
                    target[length++] = 0xFF;
                    break;
                case 0xFF:
                    at--; // fill bytes may stand before a marker
                    break;
                default:
                    marker = rest[run + 1];
                    target.Slice(length, Padding).Clear();
                    return length;
            }
        }
    }

    private bool DecodeInterval(int first, int end, int length)
    {
        // One place more than a block has: what lies beyond the last coefficient is stored there.
        short* block = stackalloc short[64 + 1];
        fixed (byte* bits = _bits, order = NaturalOrder)
        {
            var reader = new Reader { At = bits, Limit = bits + length + Padding - sizeof(ulong), Block = block, Order = order };
            foreach (JpegPlane plane in _planes)
            {
                plane.Predictor = 0;
            }

            for (int unit = first; unit < end; unit++)
            {
                int down = unit / _unitsAcross, across = unit - down * _unitsAcross;
                foreach (JpegPlane plane in _planes)
                {
                    if (!DecodeUnit(ref reader, plane, across, down))
                    {
                        return false;
                    }
                }
            }

            // Bits beyond the data would have been made up.
            return (reader.At - bits) * 8 - reader.Count <= length * 8L;
        }
    }

    private static bool DecodeUnit(ref Reader reader, JpegPlane plane, int across, int down)
    {
        fixed (byte* pixels = plane.Pixels)
        {
            for (int y = 0; y < plane.Vertical; y++)
            {
                byte* row = pixels + (nint)(down * plane.Vertical + y) * 8 * plane.Stride + across * plane.Horizontal * 8;
                for (int x = 0; x < plane.Horizontal; x++)
                {
                    new Span<short>(reader.Block, 64).Clear();
                    switch (DecodeBlock(ref reader, plane))
                    {
                        case BlockKind.Flat:
                            JpegTransform.Flat(reader.Block[0], row + 8 * x, plane.Stride);
                            break;
                        case BlockKind.Full when JpegTransform.Block(reader.Block, row + 8 * x, plane.Stride):
                            break;
                        default:
                            return false;
                    }
                }
            }
        }

        return true;
    }

    /// <summary>Reads a block's coefficients.</summary>
    private static BlockKind DecodeBlock(ref Reader reader, JpegPlane plane)
    {
        ulong bits = reader.Bits;
        int count = reader.Count;
        byte* at = reader.At, limit = reader.Limit, order = reader.Order - 1;
        short* block = reader.Block;
        ushort* quantization = plane.Quantization - 1;
        int* entries = plane.AcEntries;
        if (at > limit)
        {
            return BlockKind.Broken;
        }

        Refill(ref bits, ref count, ref at);
        int entry = plane.DcEntries[bits >> (64 - JpegHuffmanTable.LookAhead)];
        if (!Complete(plane.Dc, ref entry, ref bits, ref count))
        {
            return BlockKind.Broken;
        }

        plane.Predictor += entry >> 16;
        long first = (long)plane.Predictor * quantization[1];
        block[0] = (short)first;

        uint large = Math.Abs(first) >= OutOfRange ? uint.MaxValue : 0; // of all coefficients, to be looked at once
        int index = 1;
        do
        {
            if (at > limit)
            {
                return BlockKind.Broken;
            }

            // An end of block or a run of zeros stores a 0 where there is one.
            Refill(ref bits, ref count, ref at);
            while (index < 64 && count >= JpegHuffmanTable.LookAhead)
            {
                entry = entries[bits >> (64 - JpegHuffmanTable.LookAhead)];
                if ((entry & JpegHuffmanTable.IsPartial) != 0)
                {
                    if (count < 32)
                    {
                        break; // it may need more bits than there are
                    }

                    if (!Complete(plane.Ac, ref entry, ref bits, ref count))
                    {
                        return BlockKind.Broken;
                    }
                }
                else
                {
                    bits <<= entry; // the shift looks at six bits only
                    count -= entry & 0x3F;
                }

                index += (entry >> 8) & 0xFF;
                int coefficient = (entry >> 16) * quantization[index];
                large |= (uint)(coefficient + OutOfRange);
                block[order[index]] = (short)coefficient;
            }
        }
        while (index < 64);

        (reader.Bits, reader.Count) = (bits, count);
        reader.At = at;
        return large >= 2 * OutOfRange ? BlockKind.Broken
            : index == 1 + JpegHuffmanTable.EndOfBlock ? BlockKind.Flat
            : index == 64 || index > JpegHuffmanTable.EndOfBlock ? BlockKind.Full : BlockKind.Broken;
    }

    /// <summary>Takes an entry's bits, and the value's where it is partial; needs 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Complete(JpegHuffmanTable table, ref int entry, ref ulong bits, ref int count)
    {
        int length = entry & 0x3F;
        if ((entry & JpegHuffmanTable.IsPartial) == 0)
        {
            bits <<= length;
            count -= length;
            return true;
        }

        int step = (entry >> 8) & 0xFF, size = entry >> 16;
        if (length == 0 && !table.TryLongCode((int)(bits >> 48), out length, out step, out size))
        {
            return false;
        }

        bits <<= length;
        int value = 0;
        if (size > 0)
        {
            // Values that begin with a 0 are the negative ones.
            value = (int)(bits >> (64 - size));
            value += (value >> (size - 1)) - 1 & (1 - (1 << size));
            bits <<= size;
        }

        count -= length + size;
        entry = (step << 8) | (value << 16);
        return true;
    }

    /// <summary>Brings at least 56 bits in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Refill(ref ulong bits, ref int count, ref byte* at)
    {
        bits |= BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(at)) >> count;
        at += (63 - count) >> 3;
        count |= 56;
    }

    private static byte[] BuildNaturalOrder()
    {
        var order = new byte[JpegPlane.Places];
        Array.Fill(order, (byte)64);
        for (int i = 0, row = 0, column = 0; i < 64; i++)
        {
            order[i] = (byte)(row * 8 + column);
            bool isUpwards = ((row + column) & 1) == 0;
            (row, column) = isUpwards
                ? column == 7 ? (row + 1, column) : (Math.Max(0, row - 1), column + 1)
                : row == 7 ? (row, column + 1) : (row + 1, Math.Max(0, column - 1));
        }

        return order;
    }

    private enum BlockKind
    {
        /// <summary>The data are not sound, or not those of a picture.</summary>
        Broken,

        /// <summary>The block has its mean only.</summary>
        Flat,

        /// <summary>The block has more coefficients.</summary>
        Full,
    }

    /// <summary>The bits that are in, at the upper end, their number, and where more come from and coefficients go.</summary>
    private ref struct Reader
    {
        public ulong Bits;
        public int Count;
        public byte* At;
        public byte* Limit;
        public byte* Order;
        public short* Block;
    }
}
