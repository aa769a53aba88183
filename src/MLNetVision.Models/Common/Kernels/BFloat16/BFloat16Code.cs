using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using MLNetVision.Imaging.Levels;
using MLNetVision.Models.Common.Kernels.Gemm;

namespace MLNetVision.Models.Common.Kernels.BFloat16;

/// <summary>
/// The bfloat16 kernels in machine code: 1 to <see cref="MaxRows"/> rows by 16 or 32 columns, and the rounding of
/// floats. As in <see cref="GemmKernels"/>, the sums of a tile stay in vector registers: per pair of k it reads one or
/// two vectors of B, and broadcasts one pair of A for each row.
/// </summary>
internal sealed unsafe class BFloat16Code
{
    /// <summary>The most rows of a tile: 28 of the 32 vector registers hold their sums.</summary>
    public const int MaxRows = 14;

    /// <summary>The floats that are rounded at once.</summary>
    public const int RoundedAtOnce = 32;

    private const int FirstB = 28, BroadcastA = 30; // vector registers
    private const int VectorBytes = 64, PairBytes = 4;

    // Registers of a tile: a, row 0 of A; rowSeven, row 7 of it; pitch, and 3 and 5 times it; b, the panel.
    private const Register A = Register.Rax, RowSeven = Register.Rdx, Pitch = Register.R8, Pitch3 = Register.R9, Pitch5 = Register.R10, B = Register.R11;

    private readonly delegate* unmanaged<BFloat16Tile*, void>[] _tiles = new delegate* unmanaged<BFloat16Tile*, void>[2 * (MaxRows + 1)];
    private readonly delegate* unmanaged<RoundedRow*, void> _round;

    private BFloat16Code()
    {
        bool isWindows = OperatingSystem.IsWindows();
        Register arguments = isWindows ? Register.Rcx : Register.Rdi;
        var assembler = new Avx512Assembler();
        var starts = new int[_tiles.Length];
        for (int i = 2; i < _tiles.Length; i++)
        {
            starts[i] = assembler.Position;
            EmitTile(assembler, arguments, rows: i / 2, vectors: i % 2 + 1, savesRegisters: isWindows);
        }

        int round = assembler.Position;
        EmitRounding(assembler, arguments);
        ExecutableCode code = ExecutableCode.Load(assembler.ToArray());
        for (int i = 2; i < _tiles.Length; i++)
        {
            _tiles[i] = (delegate* unmanaged<BFloat16Tile*, void>)code[starts[i]];
        }

        _round = (delegate* unmanaged<RoundedRow*, void>)code[round];
    }

    /// <summary>Whether the processor has the instructions and the calling convention is known; nothing is assembled to say so.</summary>
    public static bool IsSupported { get; } = HasInstructions();

    /// <summary>Whether it was assembled in this process, with or without success.</summary>
    public static bool WasAssembled { get; private set; }

    /// <summary>Computes a tile.</summary>
    /// <param name="tile">The tile; its counters are used up.</param>
    /// <param name="rows">1 to <see cref="MaxRows"/>.</param>
    /// <param name="columns">16 or 32.</param>
    public void Compute(BFloat16Tile* tile, int rows, int columns) => _tiles[2 * rows + (columns == 32 ? 1 : 0)](tile);

    /// <summary>Rounds whole groups of <see cref="RoundedAtOnce"/> floats to the nearest bfloat16, ties to even.</summary>
    public void Round(float* source, ushort* target, nint groups)
    {
        var row = new RoundedRow { Source = source, Target = target, Groups = groups };
        _round(&row);
    }

    /// <summary>Assembles the kernels.</summary>
    /// <returns>Null where the processor or the system does not run them.</returns>
    public static BFloat16Code? Assemble()
    {
        if (!IsSupported)
        {
            return null;
        }

        WasAssembled = true;
        try
        {
            return new BFloat16Code();
        }
        catch (Win32Exception)
        {
            return null; // a hardened system, on which only the portable kernel runs
        }
    }

    private static bool HasInstructions()
    {
        const int ExtendedFeatures = 7, BFloat16Bit = 5;
        bool isKnown = (OperatingSystem.IsLinux() || OperatingSystem.IsWindows()) && RuntimeInformation.ProcessArchitecture == Architecture.X64;
        return isKnown && KernelLevels.UsesAvx512 && X86Base.CpuId(ExtendedFeatures, 0).Eax >= 1 && (X86Base.CpuId(ExtendedFeatures, 1).Eax >> BFloat16Bit & 1) != 0;
    }

    private static void EmitTile(Avx512Assembler code, Register tile, int rows, int vectors, bool savesRegisters)
    {
        const int FirstSaved = 6, Saved = 10;
        for (int i = 0; savesRegisters && i < Saved; i++)
        {
            code.StoreVector(Field(nameof(BFloat16Tile.Saved), i * VectorBytes), FirstSaved + i);
        }

        code.Move(B, Field(nameof(BFloat16Tile.Start)));
        ForSums((row, vector, sum) => code.LoadVector(sum, new Address(B, Displacement: vector * VectorBytes)));

        code.Move(A, Field(nameof(BFloat16Tile.A)));
        code.Move(B, Field(nameof(BFloat16Tile.B)));
        code.Move(Pitch, Field(nameof(BFloat16Tile.APitch)));
        code.LoadAddress(Pitch3, new Address(Pitch, Pitch, 2));
        code.LoadAddress(Pitch5, new Address(Pitch, Pitch, 4));
        int run = code.Position;
        code.Move(RowSeven, Field(nameof(BFloat16Tile.RunPairs)));
        code.Store(Field(nameof(BFloat16Tile.PairsLeft)), RowSeven);
        code.LoadAddress(RowSeven, new Address(A, Pitch, 2));
        code.LoadAddress(RowSeven, new Address(RowSeven, Pitch5));

        int pair = code.Position;
        for (int vector = 0; vector < vectors; vector++)
        {
            code.LoadVector(FirstB + vector, new Address(B, Displacement: vector * VectorBytes));
        }

        ForSums((row, vector, sum) =>
        {
            if (vector == 0)
            {
                code.Broadcast(BroadcastA, RowOfA(row));
            }

            code.AddDotProduct(sum, BroadcastA, FirstB + vector);
        });
        code.Add(B, vectors * VectorBytes);
        code.Add(A, PairBytes);
        code.Add(RowSeven, PairBytes);
        code.Decrement(Field(nameof(BFloat16Tile.PairsLeft)));
        code.JumpIfNotZero(pair);

        code.Move(A, Field(nameof(BFloat16Tile.A)));
        code.Add(A, Field(nameof(BFloat16Tile.RunStride)));
        code.Store(Field(nameof(BFloat16Tile.A)), A);
        code.Decrement(Field(nameof(BFloat16Tile.Runs)));
        code.JumpIfNotZero(run);

        code.Move(A, Field(nameof(BFloat16Tile.C)));
        code.Move(Pitch, Field(nameof(BFloat16Tile.CPitch)));
        ForSums((row, vector, sum) =>
        {
            code.StoreVector(new Address(A, Displacement: vector * VectorBytes), sum);
            if (vector == vectors - 1)
            {
                code.LoadAddress(A, new Address(A, Pitch));
            }
        });

        for (int i = 0; savesRegisters && i < Saved; i++)
        {
            code.LoadVector(FirstSaved + i, Field(nameof(BFloat16Tile.Saved), i * VectorBytes));
        }

        code.ClearUpper();
        code.Return();

        Address Field(string name, int offset = 0) => new(tile, Displacement: (int)Marshal.OffsetOf<BFloat16Tile>(name) + offset);

        void ForSums(Action<int, int, int> emit)
        {
            for (int row = 0; row < rows; row++)
            {
                for (int vector = 0; vector < vectors; vector++)
                {
                    emit(row, vector, vectors * row + vector);
                }
            }
        }
    }

    /// <summary>The address of a row of A: at most two registers, one of them scaled.</summary>
    private static Address RowOfA(int row) => row switch
    {
        0 => new Address(A),
        1 or 2 or 4 or 8 => new Address(A, Pitch, row),
        3 or 6 or 12 => new Address(A, Pitch3, row / 3),
        5 or 10 => new Address(A, Pitch5, row / 5),
        7 => new Address(RowSeven),
        9 or 11 => new Address(RowSeven, Pitch, row - 7),
        _ => new Address(RowSeven, Pitch3, 2), // 13
    };

    private static void EmitRounding(Avx512Assembler code, Register row)
    {
        const Register Source = Register.Rax, Target = Register.Rdx, Groups = Register.R8;
        code.Move(Source, Field(nameof(RoundedRow.Source)));
        code.Move(Target, Field(nameof(RoundedRow.Target)));
        code.Move(Groups, Field(nameof(RoundedRow.Groups)));
        int group = code.Position;
        code.LoadVector(0, new Address(Source, Displacement: VectorBytes));
        code.RoundToBFloat16(1, high: 0, new Address(Source));
        code.StoreVector(new Address(Target), 1);
        code.Add(Source, 2 * VectorBytes);
        code.Add(Target, VectorBytes);
        code.Add(Groups, -1);
        code.JumpIfNotZero(group);
        code.ClearUpper();
        code.Return();

        Address Field(string name) => new(row, Displacement: (int)Marshal.OffsetOf<RoundedRow>(name));
    }

    /// <summary>What the rounding code is called with.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct RoundedRow
    {
        public float* Source;
        public ushort* Target;
        public nint Groups;
    }
}
