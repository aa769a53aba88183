using MLNetVision.Models.Common.Checkpoints.Tensors;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Pickle;

/// <summary>A numpy element type.</summary>
internal sealed class PickledArrayType(StoredType? type)
{
    /// <summary>How elements are stored; null for a type without numbers, such as an object or a text.</summary>
    public StoredType? Type { get; } = type;

    public bool IsBigEndian { get; private set; }

    public static PickledArrayType Parse(string name) => new(name switch
    {
        "f4" => StoredType.Of(torch.ScalarType.Float32),
        "f8" => StoredType.Of(torch.ScalarType.Float64),
        "f2" => StoredType.Of(torch.ScalarType.Float16),
        "i8" => StoredType.Of(torch.ScalarType.Int64),
        "i4" => StoredType.Of(torch.ScalarType.Int32),
        "i2" => StoredType.Of(torch.ScalarType.Int16),
        "i1" => StoredType.Of(torch.ScalarType.Int8),
        "u1" => StoredType.Of(torch.ScalarType.Byte),
        "b1" => StoredType.Of(torch.ScalarType.Bool),
        "u2" => StoredType.UInt16(name),
        "u4" => StoredType.UInt32(name),
        "u8" => StoredType.UInt64(name),
        "c8" => StoredType.Unreadable("complex64", 8),
        "c16" => StoredType.Unreadable("complex128", 16),
        _ => null,
    });

    /// <summary>Takes the state (version, byte order, …).</summary>
    public bool SetState(object? state)
    {
        if (state is not PickleTuple { Items: [long, string order, ..] })
        {
            return false;
        }

        IsBigEndian = order == ">";
        return true;
    }
}

/// <summary>A numpy array that is being rebuilt: its state comes after its creation.</summary>
internal sealed class PickledArray
{
    private PickledArrayType? _type;
    private PickleBytes? _bytes;
    private long[] _shape = [];
    private bool _columnMajor;

    /// <summary>Takes the state (version, shape, type, is column-major, bytes).</summary>
    public bool SetState(object? state)
    {
        if (state is not PickleTuple { Items: [long, PickleTuple shape, PickledArrayType type, bool columnMajor, var content] }
            || PickledTensor.Integers(shape) is not { } sizes)
        {
            return false;
        }

        _type = type;
        _shape = sizes;
        _columnMajor = columnMajor;
        _bytes = content switch
        {
            PickleBytes bytes => bytes,
            string text => PickleBytes.OfLatin1(text), // a Python 2 str
            _ => null,
        };
        return true;
    }

    /// <summary>The array as a tensor; null when it has no state or a type that torch lacks.</summary>
    /// <exception cref="InvalidDataException">Its bytes do not fit its shape.</exception>
    public PickledTensor? ToTensor(string name, string path)
    {
        if (_type is not { Type: { } type } || _bytes is null)
        {
            return null;
        }

        long elementSize = type.Size;
        bool valid = TensorEntry.TryByteCount(_shape, elementSize, out long bytes)
            && (_bytes.IsUtf8 ? bytes <= _bytes.Length : bytes == _bytes.Length) // UTF-8 is checked when it is decoded
            && (!_type.IsBigEndian || elementSize == 1);
        if (!valid)
        {
            throw new InvalidDataException(
                $"'{path}': the array '{name}' of shape [{string.Join(", ", _shape)}] and type {type.Name} has {_bytes.Length} bytes or is big-endian.");
        }

        var strides = new long[_shape.Length];
        long stride = 1;
        for (int i = 0; i < strides.Length; i++)
        {
            int dimension = _columnMajor ? i : strides.Length - 1 - i;
            strides[dimension] = stride;
            stride *= _shape[dimension];
        }

        return new PickledTensor(null, _bytes, type, Offset: 0, _shape, strides, bytes / elementSize);
    }
}
