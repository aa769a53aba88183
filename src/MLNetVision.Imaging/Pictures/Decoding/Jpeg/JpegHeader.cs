using System.Buffers.Binary;
using MLNetVision.Imaging.Pictures.Decoding.Native;

namespace MLNetVision.Imaging.Pictures.Decoding.Jpeg;

/// <summary>One colour component of a JPEG.</summary>
/// <param name="Id">Its name in the file.</param>
/// <param name="Horizontal">Its horizontal sampling factor.</param>
/// <param name="Vertical">Its vertical sampling factor.</param>
/// <param name="Quantization">The number of its quantisation table.</param>
internal readonly record struct JpegComponent(byte Id, int Horizontal, int Vertical, int Quantization);

/// <summary>
/// What stands before the pixels of a JPEG, as far as the usual kind goes: one sequential Huffman scan, 8 bits, grey or
/// YCbCr at 4:4:4, 4:2:2 or 4:2:0.
/// </summary>
internal sealed class JpegHeader
{
    private const int StartOfFrame0 = 0xC0, StartOfFrame1 = 0xC1, HuffmanTables = 0xC4, StartOfScan = 0xDA;
    private const int QuantizationTables = 0xDB, RestartInterval = 0xDD, App0 = 0xE0, App1 = 0xE1, App14 = 0xEE, Comment = 0xFE;

    private bool _isJfif;
    private int _adobeTransform = -1;

    public int Width { get; private set; }

    public int Height { get; private set; }

    public JpegComponent[] Components { get; private set; } = [];

    /// <summary>Quantisation tables, in zigzag order.</summary>
    public ushort[]?[] Quantization { get; } = new ushort[4][];

    public JpegHuffmanTable?[] DcTables { get; } = new JpegHuffmanTable[4];

    public JpegHuffmanTable?[] AcTables { get; } = new JpegHuffmanTable[4];

    /// <summary>The DC and AC table of each component.</summary>
    public (int Dc, int Ac)[] Selectors { get; private set; } = [];

    /// <summary>The units between restart markers; 0 for none.</summary>
    public int Restart { get; private set; }

    /// <summary>Whether there may be a camera's orientation, which <see cref="ExifOrientationReader"/> reads.</summary>
    public bool HasExif { get; private set; }

    /// <summary>Where the scan's data begin.</summary>
    public int ScanStart { get; private set; }

    /// <summary>Reads up to the scan; null where the file is not of the usual kind, or not sound.</summary>
    public static JpegHeader? TryRead(ReadOnlySpan<byte> file)
    {
        var header = new JpegHeader();
        int at = 2;
        if (file.Length < 4 || file[0] != 0xFF || file[1] != 0xD8)
        {
            return null;
        }

        while (at + 4 <= file.Length)
        {
            if (file[at] != 0xFF)
            {
                return null;
            }

            int marker = file[at + 1];
            if (marker == 0xFF)
            {
                at++; // fill bytes may stand before a marker
                continue;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || at + 2 + length > file.Length || !header.Take(marker, file.Slice(at + 4, length - 2)))
            {
                return null;
            }

            at += 2 + length;
            if (marker == StartOfScan)
            {
                header.ScanStart = at;
                return header.IsUsual() ? header : null;
            }
        }

        return null;
    }

    private bool Take(int marker, ReadOnlySpan<byte> segment)
    {
        switch (marker)
        {
            case StartOfFrame0 or StartOfFrame1:
                return TakeFrame(segment);
            case HuffmanTables:
                return TakeHuffmanTables(segment);
            case QuantizationTables:
                return TakeQuantizationTables(segment);
            case RestartInterval:
                Restart = segment.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(segment) : 0;
                return segment.Length == 2;
            case StartOfScan:
                return TakeScan(segment);
            case App0:
                _isJfif |= segment.StartsWith("JFIF\0"u8);
                return true;
            case App1:
                HasExif |= segment.StartsWith("Exif\0"u8);
                return true;
            case App14:
                _adobeTransform = segment.Length >= 12 && segment.StartsWith("Adobe"u8) ? segment[11] : _adobeTransform;
                return true;
            default:
                return marker is > App1 and < App14 or > App14 and <= 0xEF or Comment;
        }
    }

    private bool TakeFrame(ReadOnlySpan<byte> segment)
    {
        if (Components.Length != 0 || segment.Length < 6 || segment[0] != 8 || segment[5] is not (1 or 3) || segment.Length != 6 + 3 * segment[5])
        {
            return false;
        }

        (Height, Width) = (BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), BinaryPrimitives.ReadUInt16BigEndian(segment[3..]));
        Components = new JpegComponent[segment[5]];
        for (int i = 0; i < Components.Length; i++)
        {
            ReadOnlySpan<byte> own = segment.Slice(6 + 3 * i, 3);
            Components[i] = Components.Length == 1 ? new(own[0], 1, 1, own[2]) : new(own[0], own[1] >> 4, own[1] & 15, own[2]);
        }

        return Width > 0 && Height > 0 && Components.All(component => component.Quantization < 4);
    }

    private bool TakeHuffmanTables(ReadOnlySpan<byte> segment)
    {
        while (segment.Length >= 17)
        {
            int kind = segment[0] >> 4, number = segment[0] & 15, symbols = 0;
            foreach (byte count in segment.Slice(1, 16))
            {
                symbols += count;
            }

            if (kind > 1 || number > 3 || symbols > 256 || segment.Length < 17 + symbols)
            {
                return false;
            }

            JpegHuffmanTable? table = JpegHuffmanTable.Create(segment.Slice(1, 16), segment.Slice(17, symbols), isDc: kind == 0);
            (kind == 0 ? DcTables : AcTables)[number] = table;
            if (table is null)
            {
                return false;
            }

            segment = segment[(17 + symbols)..];
        }

        return segment.IsEmpty;
    }

    private bool TakeQuantizationTables(ReadOnlySpan<byte> segment)
    {
        while (segment.Length >= 65)
        {
            int bytes = (segment[0] >> 4) + 1, number = segment[0] & 15;
            if (bytes > 2 || number > 3 || segment.Length < 1 + 64 * bytes)
            {
                return false;
            }

            var table = new ushort[64];
            for (int i = 0; i < 64; i++)
            {
                table[i] = bytes == 1 ? segment[1 + i] : BinaryPrimitives.ReadUInt16BigEndian(segment[(1 + 2 * i)..]);
            }

            Quantization[number] = table;
            segment = segment[(1 + 64 * bytes)..];
        }

        return segment.IsEmpty;
    }

    private bool TakeScan(ReadOnlySpan<byte> segment)
    {
        int count = Components.Length;
        if (count == 0 || segment.Length != 4 + 2 * count || segment[0] != count || !segment[^3..].SequenceEqual((ReadOnlySpan<byte>)[0, 63, 0]))
        {
            return false;
        }

        Selectors = new (int, int)[count];
        for (int i = 0; i < count; i++)
        {
            (int dc, int ac) = (segment[2 + 2 * i] >> 4, segment[2 + 2 * i] & 15);
            if (segment[1 + 2 * i] != Components[i].Id || dc > 3 || ac > 3 || DcTables[dc] is null || AcTables[ac] is null)
            {
                return false;
            }

            Selectors[i] = (dc, ac);
        }

        return true;
    }

    private bool IsUsual()
    {
        if (Components.Any(component => Quantization[component.Quantization] is null))
        {
            return false;
        }

        if (Components.Length == 1)
        {
            return true;
        }

        // Without JFIF's or Adobe's word the components' names decide; only plain 1, 2, 3 is certain to be YCbCr.
        bool isYcc = _isJfif || (_adobeTransform >= 0 ? _adobeTransform == 1 : Components.Select(component => (int)component.Id).SequenceEqual([1, 2, 3]));
        bool isChromaWhole = Components[1] is { Horizontal: 1, Vertical: 1 } && Components[2] is { Horizontal: 1, Vertical: 1 };
        bool isSampling = (Components[0].Horizontal, Components[0].Vertical) is (1, 1) or (2, 1) or (2, 2);

        // The smooth enlargement of chroma needs three columns.
        return isYcc && isChromaWhole && isSampling && (Components[0].Horizontal == 1 || Width > 4);
    }
}
