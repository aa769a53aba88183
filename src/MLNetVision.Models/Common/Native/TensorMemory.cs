using System.Diagnostics.CodeAnalysis;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Native;

/// <summary>The native memory of tensors on the CPU, for kernels of our own.</summary>
/// <remarks>
/// The address comes from the function that TorchSharp's own spans ask: a span ends at 2 GB, an address does not. Whoever
/// reads the memory keeps the tensor alive meanwhile.
/// </remarks>
internal static unsafe class TensorMemory
{
    private static readonly delegate* unmanaged<nint, nint> Data = (delegate* unmanaged<nint, nint>)TorchLibrary.Export("THSTensor_data");

    /// <summary>The address of a contiguous tensor's elements; they stay where they are as long as the tensor lives.</summary>
    /// <param name="tensor">On the CPU, of any size, of elements of type <typeparamref name="T"/>: float, long or byte.</param>
    /// <exception cref="ArgumentException">The tensor has other elements, lies elsewhere or is not contiguous.</exception>
    public static T* Address<T>(Tensor tensor)
        where T : unmanaged
    {
        if (tensor.dtype != TypeOf<T>())
        {
            Refuse(tensor, $"elements of type {TypeOf<T>()}");
        }

        return (T*)Bytes(tensor);
    }

    /// <summary>The address of a contiguous tensor's memory, whatever its elements are.</summary>
    /// <param name="tensor">On the CPU, of any size.</param>
    /// <exception cref="ArgumentException">The tensor lies elsewhere or is not contiguous.</exception>
    public static byte* Bytes(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU)
        {
            Refuse(tensor, "memory of the CPU");
        }

        if (!tensor.is_contiguous())
        {
            Refuse(tensor, "contiguous elements");
        }

        nint address = Data(tensor.Handle);
        if (address == 0)
        {
            CheckForErrors(); // none: a tensor without elements
        }

        GC.KeepAlive(tensor); // the native call knows its handle only
        return (byte*)address;
    }

    /// <summary>A float32 tensor's elements, at most as many as a span can hold; they stay where they are as long as the tensor lives.</summary>
    /// <exception cref="ArgumentException">The tensor has other elements, lies elsewhere or is not contiguous.</exception>
    public static Span<float> Floats(Tensor tensor) => new(Address<float>(tensor), checked((int)tensor.numel()));

    /// <summary>A part of a float32 tensor's elements, of any size.</summary>
    /// <exception cref="ArgumentException">The tensor has other elements, lies elsewhere or is not contiguous.</exception>
    public static Span<float> Floats(Tensor tensor, long first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, tensor.numel());
        return new Span<float>(Address<float>(tensor) + first, count);
    }

    private static ScalarType TypeOf<T>()
        where T : unmanaged =>
        typeof(T) == typeof(float) ? ScalarType.Float32
        : typeof(T) == typeof(long) ? ScalarType.Int64
        : typeof(T) == typeof(byte) ? ScalarType.Byte
        : throw new NotSupportedException($"Tensors are not read as {typeof(T)}.");

    [DoesNotReturn]
    private static void Refuse(Tensor tensor, string expected) => throw new ArgumentException(
        $"A kernel expected a tensor with {expected}, got {tensor.dtype} [{string.Join(", ", tensor.shape)}] on {tensor.device_type}"
        + $"{(tensor.is_contiguous() ? string.Empty : ", not contiguous")}.", nameof(tensor));
}
