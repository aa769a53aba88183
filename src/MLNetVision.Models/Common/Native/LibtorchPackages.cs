using System.Reflection;
using System.Runtime.InteropServices;

namespace MLNetVision.Models.Common.Native;

/// <summary>The packages that hold libtorch for an application, in the words of the build's warning MLNV0001.</summary>
internal static class LibtorchPackages
{
    /// <summary>What to reference on this system.</summary>
    public static string Advice { get; } = AdviceFor(System());

    /// <summary>The version of libtorch that TorchSharp was made for.</summary>
    public static string Version => Text("LibtorchVersion");

    /// <summary>What to reference on a system, such as linux-x64.</summary>
    public static string AdviceFor(string system)
    {
        bool has = Text("LibtorchSystems").Split(", ").Contains(system);
        return Text(has ? "LibtorchAdvice" : "NoLibtorchAdvice").Replace("{system}", system, StringComparison.Ordinal);
    }

    /// <summary>The folder of this system's libtorch for the CPU in a folder of NuGet's packages; null where no project has restored it.</summary>
    public static string? InstalledIn(string packages)
    {
        string folder = Path.Combine(packages, $"libtorch-cpu-{System()}", Version, "runtimes", System(), "native");
        return Directory.Exists(folder) ? folder : null;
    }

    private static string System()
    {
        string name = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        return $"{name}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
    }

    // The project writes the texts of buildTransitive/MLNetVision.Models.props into the assembly.
    private static string Text(string key) =>
        typeof(LibtorchPackages).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == key).Value!;
}
