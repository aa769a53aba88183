using System.Runtime.CompilerServices;

namespace MLNetVision.Imaging.Randomness;

/// <summary>SplitMix64 (Steele, Lea, Flood 2014): random bits as a hash of a counter.</summary>
internal static class SplitMix64
{
    /// <summary>What the counter grows by between two numbers.</summary>
    public const ulong Increment = 0x9E3779B97F4A7C15;

    /// <summary>The bits of a counter's value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
