using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Native;

/// <summary>The native memory of tensors on the CPU, for kernels of our own.</summary>
internal static class TensorMemory
{
    /// <summary>The address of a contiguous tensor's elements; they stay where they are as long as the tensor lives.</summary>
    /// <param name="tensor">At most 2 GB, of elements of type <typeparamref name="T"/>, which is not checked.</param>
    public static unsafe T* Address<T>(Tensor tensor)
        where T : unmanaged => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
}
