using System.Globalization;
using System.Runtime.CompilerServices;
using MLNetVision.Models.Common.Native;
using TorchSharp;

namespace MLNetVision.Models.Common.Kernels.Threads;

/// <summary>The number of threads on which one call of this library computes, the calling one included.</summary>
/// <remarks>
/// Where libtorch is in the process its number counts (torch.get_num_threads(), which is a thread's own once that thread
/// has set it), so that both share the processors alike. Where it is not, it is not loaded to be asked.
/// </remarks>
public static class KernelThreads
{
    private static int _own = FirstChoice(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"));

    /// <summary>
    /// The number, at least 1. Default: what the environment variable OMP_NUM_THREADS says, else the processor's cores, as
    /// torch has it. Setting it also calls torch.set_num_threads where libtorch is in the process; a libtorch that is
    /// loaded later begins with its own default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public static int Count
    {
        get
        {
            LoadedTorch.Look();
            return Current;
        }

        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _own = value;
            if (LoadedTorch.Look())
            {
                torch.set_num_threads(value);
            }
        }
    }

    /// <summary>
    /// The number for kernels that are at work. Whether libtorch is there was asked when the call came in: by
    /// <see cref="Count"/>, or by touching a tensor's memory.
    /// </summary>
    internal static int Current => LoadedTorch.IsKnown ? OfTorch() : _own;

    /// <summary>The number for a value of OMP_NUM_THREADS.</summary>
    internal static int FirstChoice(string? variable) =>
        int.TryParse(variable?.Split(',')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : Cores();

    // A method of its own, never inlined: nothing of torch is initialised for whoever does not get here.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int OfTorch() => torch.get_num_threads();

    /// <summary>The cores among the processors that the process may use.</summary>
    private static int Cores()
    {
        int processors = Environment.ProcessorCount, siblings = 1;
        const string SiblingsFile = "/sys/devices/system/cpu/cpu0/topology/thread_siblings_list"; // "0,64" or "0-1"
        try
        {
            if (OperatingSystem.IsLinux() && File.Exists(SiblingsFile))
            {
                siblings = CountOf(File.ReadAllText(SiblingsFile).Trim());
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // As many as there are processors, then.
        }

        return Math.Max(1, processors / siblings);
    }

    /// <summary>How many numbers a list of numbers and ranges has.</summary>
    internal static int CountOf(string list) =>
        list.Split(',').Sum(part => part.Split('-') is [string first, string last]
            ? int.Parse(last, CultureInfo.InvariantCulture) - int.Parse(first, CultureInfo.InvariantCulture) + 1 : 1);
}
