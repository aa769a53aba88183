using System.Runtime.InteropServices;

namespace MLNetVision.Models.Common.Native;

/// <summary>How libtorch's threads wait for the next piece of work on Linux.</summary>
/// <remarks>
/// Its OpenMP (libgomp) lets them spin for some milliseconds by default: as long as a processor is given to a thread. On busy
/// processors they take these from the threads that they wait for, libtorch's own, this library's and other programs': with two
/// threads a small LeViT trained at 15 to 140 pictures a second, and at 360 to 930 with the short spin (seven runs of each in turn,
/// two shared cores of an AMD EPYC, loads of 1 to 14). A spin of some microseconds still catches the next of several operations in
/// a row. The library reads its setting from the environment
/// of the process once, when it is loaded.
/// </remarks>
internal static partial class ThreadTeamWaits
{
    private const string SpinCount = "GOMP_SPINCOUNT";
    private const string ShortSpin = "1000";

    /// <summary>Every setting by which a user says how threads wait.</summary>
    private static readonly string[] Settings = [SpinCount, "OMP_WAIT_POLICY"];

    /// <summary>Shortens the spin unless the user has said how threads wait, or libtorch is there already.</summary>
    public static void Shorten()
    {
        if (!OperatingSystem.IsLinux() || Settings.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) || LoadedTorch.Look())
        {
            return;
        }

        // .NET's own copy of the environment, which child processes get, stays as it is.
        _ = SetVariable(SpinCount, ShortSpin, overwrite: 1);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
