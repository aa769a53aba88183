using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace MLNetVision.Tests.Models.Common.Checkpoints;

/// <summary>Writes pickles, instruction by instruction: what Python would write, and what nobody should.</summary>
internal sealed class PickleBuilder
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public PickleBuilder(int protocol = 2) => Byte(0x80).Byte(protocol);

    public PickleBuilder Byte(int value) => Bytes([(byte)value]);

    public PickleBuilder Bytes(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public PickleBuilder Op(char instruction) => Byte(instruction);

    public PickleBuilder Ops(string instructions) => Bytes(Encoding.Latin1.GetBytes(instructions));

    public PickleBuilder Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return Op('X').Int32(utf8.Length).Bytes(utf8);
    }

    public PickleBuilder Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    public PickleBuilder Int64(long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    /// <summary>An integer of any size.</summary>
    public PickleBuilder Integer(long value) => value is >= 0 and < 256 ? Op('K').Byte((int)value) : Byte(0x8a).Byte(sizeof(long)).Int64(value);

    public PickleBuilder Global(string module, string name) => Op('c').Ops($"{module}\n{name}\n");

    public PickleBuilder Integers(IEnumerable<long> values)
    {
        Op('(');
        foreach (long value in values)
        {
            Integer(value);
        }

        return Op('t');
    }

    /// <summary>A storage by its key.</summary>
    public PickleBuilder Storage(string type, string key, long length, bool legacy, string module = "torch")
    {
        Op('(').Text("storage").Global(module, type).Text(key).Text("cpu").Integer(length);
        return (legacy ? Op('N') : this).Ops("tQ");
    }

    public byte[] End() => Op('.')._bytes.WrittenSpan.ToArray();
}
