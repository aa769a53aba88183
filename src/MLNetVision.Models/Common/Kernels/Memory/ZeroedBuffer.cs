using System.Runtime.InteropServices;

namespace MLNetVision.Models.Common.Kernels.Memory;

/// <summary>Makes buffers that hold zeros: borders of planes and fill-ups of vectors stay so.</summary>
internal static unsafe class ZeroedBuffer
{
    public static NativeBuffer Allocate(long length)
    {
        var buffer = new NativeBuffer(length);
        NativeMemory.Clear(buffer.Pointer, (nuint)length * sizeof(float));
        return buffer;
    }
}
