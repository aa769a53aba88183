using System.Buffers.Binary;

namespace MLNetVision.Models.Common.Kernels.BFloat16;

/// <summary>The general registers that both calling conventions let a function change.</summary>
internal enum Register
{
    Rax = 0,
    Rcx = 1,
    Rdx = 2,
    Rdi = 7,
    R8 = 8,
    R9 = 9,
    R10 = 10,
    R11 = 11,
}

/// <summary>A place in memory: base + index · scale + displacement.</summary>
internal readonly record struct Address(Register Base, Register? Index = null, int Scale = 1, int Displacement = 0);

/// <summary>
/// Encodes the few x64 instructions of the bfloat16 kernels, for which .NET 10 has no intrinsics (Intel's Software
/// Developer's Manual, volume 2: REX and EVEX prefixes). Vector instructions are those of 512 bits.
/// </summary>
internal sealed class Avx512Assembler
{
    private const int OpcodeMap0F = 1, OpcodeMap0F38 = 2;
    private const int NoPrefix = 0, Prefix66 = 1, PrefixF3 = 2, PrefixF2 = 3;

    private readonly List<byte> _code = [];

    /// <summary>Where the next instruction begins.</summary>
    public int Position => _code.Count;

    /// <summary>The code so far.</summary>
    public byte[] ToArray() => [.. _code];

    /// <summary>target = memory, 64 bits.</summary>
    public void Move(Register target, Address source) => General(0x8B, target, source);

    /// <summary>target = address, 64 bits.</summary>
    public void LoadAddress(Register target, Address source) => General(0x8D, target, source);

    /// <summary>target += memory, 64 bits.</summary>
    public void Add(Register target, Address source) => General(0x03, target, source);

    /// <summary>target += value.</summary>
    public void Add(Register target, int value)
    {
        Emit((byte)(0x48 | (int)target >> 3), 0x81, (byte)(0xC0 | (int)target & 7));
        EmitInt32(value);
    }

    /// <summary>memory = source, 64 bits.</summary>
    public void Store(Address target, Register source) => General(0x89, source, target);

    /// <summary>memory −= 1, 64 bits; sets the zero flag.</summary>
    public void Decrement(Address target) => General(0xFF, (Register)1, target);

    /// <summary>Goes back to a position unless the last result was 0.</summary>
    public void JumpIfNotZero(int position)
    {
        Emit(0x0F, 0x85);
        EmitInt32(position - (Position + sizeof(int)));
    }

    /// <summary>target = 16 floats from memory.</summary>
    public void LoadVector(int target, Address source) => Vector(OpcodeMap0F, NoPrefix, 0x10, target, 0, source);

    /// <summary>Memory = 16 floats.</summary>
    public void StoreVector(Address target, int source) => Vector(OpcodeMap0F, NoPrefix, 0x11, source, 0, target);

    /// <summary>target = 32 bits from memory, 16 times.</summary>
    public void Broadcast(int target, Address source) => Vector(OpcodeMap0F38, Prefix66, 0x58, target, 0, source);

    /// <summary>VDPBF16PS: sums of 16 floats += products of 16 pairs of bfloat16.</summary>
    public void AddDotProduct(int sums, int left, int right) => Vector(OpcodeMap0F38, PrefixF3, 0x52, sums, left, right);

    /// <summary>VCVTNE2PS2BF16: target = 16 floats of memory, then those of <paramref name="high"/>, rounded to the nearest bfloat16, ties to even.</summary>
    public void RoundToBFloat16(int target, int high, Address low) => Vector(OpcodeMap0F38, PrefixF2, 0x72, target, high, low);

    /// <summary>Clears the upper parts of the vector registers, without which older vector code runs slowly.</summary>
    public void ClearUpper() => Emit(0xC5, 0xF8, 0x77);

    /// <summary>Returns to the caller.</summary>
    public void Return() => Emit(0xC3);

    private void General(byte opcode, Register register, Address memory)
    {
        int index = memory.Index is { } i ? (int)i : 0;
        Emit((byte)(0x48 | (int)register >> 3 << 2 | index >> 3 << 1 | (int)memory.Base >> 3), opcode);
        Memory((int)register, memory);
    }

    private void Vector(int map, int prefix, byte opcode, int register, int second, Address memory)
    {
        int index = memory.Index is { } i ? (int)i : 0;
        Evex(map, prefix, register, second, extendedRm: (int)memory.Base >> 3, extendedIndex: index >> 3);
        Emit(opcode);
        Memory(register, memory);
    }

    private void Vector(int map, int prefix, byte opcode, int register, int second, int third)
    {
        Evex(map, prefix, register, second, extendedRm: third >> 3 & 1, extendedIndex: third >> 4);
        Emit(opcode, (byte)(0xC0 | (register & 7) << 3 | third & 7));
    }

    /// <summary>The prefix that extends register numbers to 5 bits; most of its bits are inverted.</summary>
    private void Evex(int map, int prefix, int register, int second, int extendedRm, int extendedIndex)
    {
        const int Is512Bit = 0x40, Reserved = 0x04;
        int first = (register >> 3 & 1) << 7 | extendedIndex << 6 | extendedRm << 5 | register >> 4 << 4;
        Emit(
            0x62,
            (byte)(first ^ 0xF0 | map),
            (byte)((~second & 15) << 3 | Reserved | prefix),
            (byte)(Is512Bit | (~second >> 4 & 1) << 3));
    }

    /// <summary>ModR/M, SIB and a displacement of 32 bits, which no prefix scales.</summary>
    private void Memory(int register, Address memory)
    {
        const int WithDisplacement = 0x80, WithIndex = 4;
        int modRm = WithDisplacement | (register & 7) << 3;
        if (memory.Index is { } index)
        {
            Emit((byte)(modRm | WithIndex), (byte)(int.Log2(memory.Scale) << 6 | ((int)index & 7) << 3 | (int)memory.Base & 7));
        }
        else
        {
            Emit((byte)(modRm | (int)memory.Base & 7));
        }

        EmitInt32(memory.Displacement);
    }

    private void Emit(params ReadOnlySpan<byte> bytes) => _code.AddRange(bytes);

    private void EmitInt32(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        Emit(bytes);
    }
}
