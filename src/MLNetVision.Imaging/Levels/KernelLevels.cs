using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNetVision.Imaging.Levels;

/// <summary>
/// The level at which this process computes: the best of the processor, or the one that the environment variable
/// <see cref="VariableName"/> or the runtime setting <see cref="SettingName"/> names. It is read once.
/// </summary>
/// <remarks>
/// All choices between kernels ask here, so that a run at another level takes the paths of another processor. The fields are
/// read-only and static: compiled with full optimisation, a choice is a constant. Methods with AggressiveOptimization are
/// compiled before the fields have values and must not ask.
/// </remarks>
internal static class KernelLevels
{
    /// <summary>The environment variable; it goes before the setting.</summary>
    public const string VariableName = "MLNETVISION_KERNELS";

    /// <summary>The setting in runtimeconfig.json.</summary>
    public const string SettingName = "MLNetVision.Kernels";

    private static readonly (KernelLevel Level, string? Problem) Choice = Choose(Wish(), Best);
    private static readonly KernelLevel Chosen = Choice.Level;
    private static readonly string? Problem = Choice.Problem;

    /// <summary>The level of this process.</summary>
    /// <exception cref="InvalidOperationException">The variable or the setting names no level, or one that the processor lacks.</exception>
    public static KernelLevel Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (Problem is not null)
            {
                Refuse();
            }

            return Chosen;
        }
    }

    // The level comes first, so that a word that is no level is refused on every processor; what the processor has is constant.

    /// <summary>Whether kernels use 512-bit vectors.</summary>
    public static bool UsesAvx512
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Current == KernelLevel.Avx512 && HasAvx512;
    }

    /// <summary>Whether kernels use AVX2 and FMA.</summary>
    public static bool UsesAvx2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Current >= KernelLevel.Avx2 && HasAvx2;
    }

    /// <summary>The levels that this processor has.</summary>
    public static IEnumerable<KernelLevel> Available => Enum.GetValues<KernelLevel>().Where(level => IsAvailable(level, Best));

    // Below AVX2 libtorch is faster than the portable kernels.
    private static KernelLevel Best =>
        HasAvx512 ? KernelLevel.Avx512 : HasAvx2 ? KernelLevel.Avx2 : KernelLevel.LibTorch;

    private static bool HasAvx512
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.IsHardwareAccelerated && Avx512BW.IsSupported;
    }

    private static bool HasAvx2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported;
    }

    /// <summary>The word for a level in the variable, the setting and the log.</summary>
    public static string Name(KernelLevel level) => Enum.GetName(level)!.ToLowerInvariant();

    /// <summary>The level that a word asks for, or why it cannot be had.</summary>
    /// <param name="word">What the variable or the setting says; null or empty for the processor's best.</param>
    /// <param name="best">The processor's best level.</param>
    internal static (KernelLevel Level, string? Problem) Choose(string? word, KernelLevel best)
    {
        if (string.IsNullOrEmpty(word))
        {
            return (best, null);
        }

        KernelLevel[] named = [.. Enum.GetValues<KernelLevel>().Where(level => Name(level) == word)];
        if (named.Length == 0)
        {
            string words = string.Join(", ", Enum.GetValues<KernelLevel>().Reverse().Select(Name));
            return (best, $"The level of the kernels ({VariableName} or {SettingName}) is '{word}'; expected one of {words}.");
        }

        return IsAvailable(named[0], best) ? (named[0], null) : (
            best,
            $"The level of the kernels ({VariableName} or {SettingName}) is '{word}', but this processor, or the runtime as it is set up, "
            + $"lacks its instructions; the best level here is {Name(best)}.");
    }

    private static bool IsAvailable(KernelLevel level, KernelLevel best) => level <= KernelLevel.Portable || level <= best;

    private static string? Wish() =>
        Environment.GetEnvironmentVariable(VariableName) is { Length: > 0 } word ? word : AppContext.GetData(SettingName) as string;

    private static void Refuse() => throw new InvalidOperationException(Problem);
}
