using System.ComponentModel;
using System.Runtime.InteropServices;

namespace MLNetVision.Models.Common.Kernels.BFloat16;

/// <summary>
/// A page of machine code for x64 on Linux or Windows. It is written first and made executable then: at no time is it
/// both writable and executable.
/// </summary>
internal sealed unsafe partial class ExecutableCode
{
    private const int ReadWrite = 0x1 | 0x2, ReadExecute = 0x1 | 0x4, PrivateAnonymous = 0x2 | 0x20; // Linux
    private const uint CommitReserve = 0x3000, PageReadWrite = 0x04, PageExecuteRead = 0x20; // Windows

    private readonly byte* _start;

    private ExecutableCode(byte* start) => _start = start;

    /// <summary>The address of the byte at this offset.</summary>
    public void* this[int offset] => _start + offset;

    /// <summary>Copies code into memory of its own that lasts as long as the process.</summary>
    /// <exception cref="Win32Exception">The system does not let the process make memory executable.</exception>
    public static ExecutableCode Load(ReadOnlySpan<byte> code)
    {
        var length = (nuint)code.Length;
        bool isWindows = OperatingSystem.IsWindows();
        byte* start = isWindows
            ? (byte*)VirtualAlloc(null, length, CommitReserve, PageReadWrite)
            : (byte*)Map(null, length, ReadWrite, PrivateAnonymous, file: -1, offset: 0);
        if (start == null || start == (byte*)-1)
        {
            throw new Win32Exception();
        }

        code.CopyTo(new Span<byte>(start, code.Length));
        bool isExecutable = isWindows
            ? VirtualProtect(start, length, PageExecuteRead, out _) != 0
            : Protect(start, length, ReadExecute) == 0;
        return isExecutable ? new ExecutableCode(start) : throw new Win32Exception();
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial void* VirtualAlloc(void* address, nuint length, uint type, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int VirtualProtect(void* address, nuint length, uint protection, out uint former);
}
