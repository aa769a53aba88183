using System.Runtime.InteropServices;

namespace MLNetVision.Models.Common.Native;

/// <summary>libtorch's errors for want of memory, of the GPU or of the machine, which name neither cause nor way out.</summary>
internal static class ExhaustedMemory
{
    private static readonly string[] Words = ["out of memory", "can't allocate memory", "not enough memory"];

    /// <summary>Whether an exception is such an error.</summary>
    public static bool Is(Exception e) => e is ExternalException && Words.Any(words => e.Message.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>The exception that says what helps.</summary>
    /// <param name="cause">The error.</param>
    /// <param name="what">What was done, such as "A training step".</param>
    /// <param name="advice">What to lower, as the end of a sentence.</param>
    public static InsufficientMemoryException Explain(Exception cause, string what, string advice) =>
        new($"{what} needs more memory than there is: {advice}. ({cause.Message.Split('\n')[0].Trim()})", cause);
}
