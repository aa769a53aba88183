using System.Runtime.InteropServices;

namespace MLNetVision.Models.Common.Kernels.Memory;

/// <summary>
/// Fills memory that holds arbitrary values by contract with NaN, so that a kernel that reads what it never wrote shows
/// it at once, and puts guards behind the parts of a thread's memory. The project's tests always run so; elsewhere it is off
/// unless the switch of the application context is set.
/// </summary>
internal static unsafe class BufferPoison
{
    /// <summary>The switch's name; it is read once.</summary>
    public const string SwitchName = "MLNetVision.PoisonBuffers";

    /// <summary>The floats of a guard: a cache line, so that what lies behind it keeps its alignment.</summary>
    public const int GuardFloats = 16;

    private const byte Poison = 0xFF; // all bits set is a NaN, and none that arithmetic makes

    /// <summary>Whether the switch is set; a constant in compiled code.</summary>
    public static readonly bool IsOn = AppContext.TryGetSwitch(SwitchName, out bool on) && on;

    /// <summary>Fills the memory if the switch is set.</summary>
    public static void Fill(float* start, long length)
    {
        if (IsOn)
        {
            NativeMemory.Fill(start, (nuint)length * sizeof(float), Poison);
        }
    }

    /// <summary>Whether a guard is as it was filled.</summary>
    public static bool IsWhole(float* guard) => !new ReadOnlySpan<byte>(guard, GuardFloats * sizeof(float)).ContainsAnyExcept(Poison);
}
