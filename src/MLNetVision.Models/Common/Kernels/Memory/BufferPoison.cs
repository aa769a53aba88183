using System.Runtime.InteropServices;

namespace MLNetVision.Models.Common.Kernels.Memory;

/// <summary>
/// Fills memory that holds arbitrary values by contract with NaN, so that a kernel that reads what it never wrote shows
/// it at once. The project's tests always run so; elsewhere it is off unless the switch of the application context is set.
/// </summary>
internal static unsafe class BufferPoison
{
    /// <summary>The switch's name; it is read once.</summary>
    public const string SwitchName = "MLNetVision.PoisonBuffers";

    private static readonly bool On = AppContext.TryGetSwitch(SwitchName, out bool on) && on;

    /// <summary>Fills the memory if the switch is set.</summary>
    public static void Fill(float* start, long length)
    {
        if (On)
        {
            NativeMemory.Fill(start, (nuint)length * sizeof(float), 0xFF); // all bits set is a NaN
        }
    }
}
