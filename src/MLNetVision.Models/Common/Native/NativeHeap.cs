using System.Runtime.InteropServices;

namespace MLNetVision.Models.Common.Native;

/// <summary>The C library's heap, in which libtorch's tensors on the CPU lie.</summary>
internal static unsafe class NativeHeap
{
    private static readonly delegate* unmanaged<nuint, int> MallocTrim = FindMallocTrim();

    /// <summary>
    /// Gives the pages of freed memory back to the system. glibc would keep them between blocks that are in use; other C
    /// libraries are left alone.
    /// </summary>
    public static void Trim()
    {
        if (MallocTrim != null)
        {
            _ = MallocTrim(0);
        }
    }

    private static delegate* unmanaged<nuint, int> FindMallocTrim() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint library) && NativeLibrary.TryGetExport(library, "malloc_trim", out nint function)
            ? (delegate* unmanaged<nuint, int>)function
            : null;
}
