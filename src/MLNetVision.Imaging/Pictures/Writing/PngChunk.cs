using System.Buffers.Binary;
using System.Text;

namespace MLNetVision.Imaging.Pictures.Writing;

/// <summary>Writes the chunks that a PNG file is made of: length, type, content, checksum (PNG specification, section 5).</summary>
internal static class PngChunk
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(OfByte)];

    public static void Write(Stream file, string type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        byte[] checkedBytes = [.. Encoding.ASCII.GetBytes(type), .. content];
        file.Write(checkedBytes);
        BinaryPrimitives.WriteUInt32BigEndian(number, Checksum(checkedBytes));
        file.Write(number);
    }

    private static uint Checksum(ReadOnlySpan<byte> content)
    {
        uint checksum = uint.MaxValue;
        foreach (byte b in content)
        {
            checksum = Table[(byte)(checksum ^ b)] ^ (checksum >> 8);
        }

        return ~checksum;
    }

    private static uint OfByte(int value)
    {
        uint checksum = (uint)value;
        for (int bit = 0; bit < 8; bit++)
        {
            checksum = (checksum >> 1) ^ ((checksum & 1) * 0xEDB88320);
        }

        return checksum;
    }
}
