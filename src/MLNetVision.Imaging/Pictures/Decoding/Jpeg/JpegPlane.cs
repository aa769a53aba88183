using System.Buffers;
using System.Runtime.CompilerServices;

namespace MLNetVision.Imaging.Pictures.Decoding.Jpeg;

/// <summary>One component while its blocks are decoded: its tables and its pixels.</summary>
internal sealed unsafe class JpegPlane
{
    /// <summary>The places that a coefficient's index may reach: 64, and as far beyond as an end of block moves it.</summary>
    public const int Places = 64 + JpegHuffmanTable.EndOfBlock;

    private readonly ushort[] _quantization = GC.AllocateArray<ushort>(Places, pinned: true);

    public JpegPlane(JpegHeader header, JpegComponent component, (int Dc, int Ac) selectors, int unitsAcross, int unitsDown)
    {
        (Horizontal, Vertical) = (component.Horizontal, component.Vertical);
        (Dc, Ac) = (header.DcTables[selectors.Dc]!, header.AcTables[selectors.Ac]!);
        header.Quantization[component.Quantization]!.CopyTo(_quantization, 0);
        Quantization = (ushort*)Unsafe.AsPointer(ref _quantization[0]);
        DcEntries = (int*)Unsafe.AsPointer(ref Dc.Entries[0]);
        AcEntries = (int*)Unsafe.AsPointer(ref Ac.Entries[0]);
        Stride = unitsAcross * Horizontal * 8;
        Pixels = ArrayPool<byte>.Shared.Rent(checked(Stride * unitsDown * Vertical * 8));
    }

    public int Horizontal { get; }

    public int Vertical { get; }

    public JpegHuffmanTable Dc { get; }

    public JpegHuffmanTable Ac { get; }

    /// <summary>The tables' entries, in pinned arrays.</summary>
    public int* DcEntries { get; }

    public int* AcEntries { get; }

    /// <summary>In zigzag order, with zeros behind, in a pinned array.</summary>
    public ushort* Quantization { get; }

    public int Stride { get; }

    public byte[] Pixels { get; }

    /// <summary>The last block's first coefficient, before dequantisation.</summary>
    public int Predictor { get; set; }
}
