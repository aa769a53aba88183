using System.Runtime.CompilerServices;

namespace MLNetVision.Imaging.Randomness;

/// <summary>SplitMix64 (Steele, Lea, Flood 2014): random bits as a hash of a counter.</summary>
internal static class SplitMix64
{
    /// <summary>What the counter grows by between two numbers.</summary>
    public const ulong Increment = 0x9E3779B97F4A7C15;

    /// <summary>What the bits are multiplied with first.</summary>
    public const ulong FirstFactor = 0xBF58476D1CE4E5B9;

    /// <summary>What the bits are multiplied with then.</summary>
    public const ulong SecondFactor = 0x94D049BB133111EB;

    /// <summary>The bits of a counter's value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * FirstFactor;
        x = (x ^ (x >> 27)) * SecondFactor;
        return x ^ (x >> 31);
    }
}
