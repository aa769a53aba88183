using System.Runtime.InteropServices;

namespace MLNetVision.Models.Common.Native;

/// <summary>Whether libtorch is in the process, found out without loading it.</summary>
internal static partial class LoadedTorch
{
    private const string LinuxName = "libLibTorchSharp.so", WindowsName = "LibTorchSharp.dll", MacName = "/libLibTorchSharp.dylib";

    private static volatile bool _isKnown;
    private static uint _macImages; // those that were looked at

    /// <summary>Whether this library has used it or has found it: costs nothing, and is enough wherever a tensor has been touched.</summary>
    public static bool IsKnown => _isKnown;

    /// <summary>Called when this library has loaded it.</summary>
    public static void Note() => _isKnown = true;

    /// <summary>Looks for it among the libraries of the process, some microseconds, unless it is known to be there.</summary>
    public static bool Look()
    {
        if (!_isKnown && IsThere())
        {
            _isKnown = true;
        }

        return _isKnown;
    }

    private static bool IsThere() =>
        OperatingSystem.IsLinux() ? IsInLinux()
        : OperatingSystem.IsWindows() ? GetModuleHandle(WindowsName) != 0
        : OperatingSystem.IsMacOS() && IsInMac();

    private static bool IsInLinux()
    {
        const int Lazy = 1, NoLoad = 4; // RTLD_LAZY, RTLD_NOLOAD
        nint library;
        try
        {
            library = Open(LinuxName, Lazy | NoLoad);
        }
        catch (EntryPointNotFoundException)
        {
            library = OpenBefore234(LinuxName, Lazy | NoLoad);
        }

        // The reference that a find has taken stays: libtorch is never unloaded.
        return library != 0;
    }

    private static bool IsInMac()
    {
        for (uint count = ImageCount(); _macImages < count; _macImages++)
        {
            if (Marshal.PtrToStringUTF8(ImageName(_macImages))?.EndsWith(MacName, StringComparison.Ordinal) == true)
            {
                return true;
            }
        }

        return false;
    }

    [LibraryImport("libc.so.6", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string name, int flags);

    /// <summary>glibc before 2.34 has the function in a library of its own.</summary>
    [LibraryImport("libdl.so.2", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint OpenBefore234(string name, int flags);

    [LibraryImport("kernel32", EntryPoint = "GetModuleHandleW", StringMarshalling = StringMarshalling.Utf16)]
    private static partial nint GetModuleHandle(string name);

    [LibraryImport("libSystem", EntryPoint = "_dyld_image_count")]
    private static partial uint ImageCount();

    [LibraryImport("libSystem", EntryPoint = "_dyld_get_image_name")]
    private static partial nint ImageName(uint index);
}
