namespace MLNetVision.Models.Common.Checkpoints.Formats.Pickle;

/// <summary>
/// The allow-list: every global that a pickle may name, and what calling it means here. All of them only describe data.
/// </summary>
internal static class PickleCalls
{
    private delegate object? Call(PickleSource source, object?[] arguments);

    private static readonly Dictionary<PickleGlobal, Call?> Allowed = new()
    {
        [new("collections", "OrderedDict")] = OrderedDictionary,
        [new("torch._utils", "_rebuild_tensor")] = Tensor,
        [new("torch._utils", "_rebuild_tensor_v2")] = Tensor,
        [new("torch._utils", "_rebuild_tensor_v3")] = TensorOfType,
        [new("torch._utils", "_rebuild_parameter")] = Parameter,
        [new("torch._utils", "_rebuild_parameter_with_state")] = Parameter,
        [new("torch", "Size")] = (_, arguments) => arguments is [PickleTuple size] ? size : null,
        [new("_codecs", "encode")] = Encode,
        [new("numpy.core.multiarray", "_reconstruct")] = EmptyArray,
        [new("numpy._core.multiarray", "_reconstruct")] = EmptyArray,
        [new("numpy.core.multiarray", "scalar")] = (_, _) => new PickleOpaque("numpy scalar"),
        [new("numpy._core.multiarray", "scalar")] = (_, _) => new PickleOpaque("numpy scalar"),
        [new("numpy", "dtype")] = ArrayType,
        [new("numpy", "ndarray")] = null,
        [new("torch", "FloatStorage")] = null,
        [new("torch", "DoubleStorage")] = null,
        [new("torch", "HalfStorage")] = null,
        [new("torch", "BFloat16Storage")] = null,
        [new("torch", "LongStorage")] = null,
        [new("torch", "IntStorage")] = null,
        [new("torch", "ShortStorage")] = null,
        [new("torch", "CharStorage")] = null,
        [new("torch", "ByteStorage")] = null,
        [new("torch", "BoolStorage")] = null,
        [new("torch.storage", "UntypedStorage")] = null,
        [new("torch", "float32")] = null,
        [new("torch", "float64")] = null,
        [new("torch", "float16")] = null,
        [new("torch", "bfloat16")] = null,
        [new("torch", "int64")] = null,
        [new("torch", "int32")] = null,
        [new("torch", "int16")] = null,
        [new("torch", "int8")] = null,
        [new("torch", "uint8")] = null,
        [new("torch", "bool")] = null,
    };

    /// <exception cref="InvalidDataException">The global is not on the allow-list.</exception>
    public static PickleGlobal Resolve(PickleSource source, string module, string name)
    {
        var global = new PickleGlobal(module, name);
        return Allowed.ContainsKey(global)
            ? global
            : throw new InvalidDataException(
                $"'{source.Path}': the pickle names '{global}' before byte {source.Position}, which is refused. "
                + "Only what describes tensors is read from a pickle, and nothing of it is ever executed.");
    }

    /// <exception cref="InvalidDataException">The value cannot be called, or not with such arguments.</exception>
    public static object Invoke(PickleSource source, object? callable, object?[] arguments)
    {
        if (callable is not PickleGlobal global || Allowed[global] is not { } call)
        {
            throw source.Broken($"calls '{callable ?? "None"}', which is refused, before byte {source.Position}");
        }

        return call(source, arguments)
            ?? throw source.Broken($"calls '{global}' with {arguments.Length} arguments that do not fit, before byte {source.Position}");
    }

    // Python 3 calls it without arguments, Python 2 with a list of pairs.
    private static PickleDictionary? OrderedDictionary(PickleSource source, object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        if (arguments is [])
        {
            return dictionary;
        }

        if (arguments is not [PickleList pairs])
        {
            return null;
        }

        foreach (object? pair in pairs.Items)
        {
            if (pair is not (PickleList { Items: [_, _] } or PickleTuple { Items: [_, _] }))
            {
                return null;
            }

            IList<object?> items = pair is PickleTuple tuple ? tuple.Items : ((PickleList)pair).Items;
            dictionary.Items.Add((items[0], items[1]));
        }

        return dictionary;
    }

    // (storage, offset, size, stride[, requires_grad, hooks[, metadata]])
    private static PickledTensor? Tensor(PickleSource source, object?[] arguments) =>
        arguments is [PickledStorage { DType: { } dtype } storage, long offset, PickleTuple size, PickleTuple stride, ..] && arguments.Length <= 7
            ? PickledTensor.Create(source, storage, dtype, offset, size, stride)
            : null;

    // (storage, offset, size, stride, requires_grad, hooks, dtype[, metadata]): the storage is untyped
    private static PickledTensor? TensorOfType(PickleSource source, object?[] arguments) =>
        arguments is [PickledStorage storage, long offset, PickleTuple size, PickleTuple stride, _, _, PickleGlobal type, ..]
        && PickledStorage.TypeOf(type) is { } dtype
            ? PickledTensor.Create(source, storage, dtype, offset, size, stride)
            : null;

    // (data, requires_grad, hooks[, state])
    private static PickledTensor? Parameter(PickleSource source, object?[] arguments) =>
        arguments is [PickledTensor tensor, _, _, ..] ? tensor : null;

    // Protocol 2 has no bytes: they are the Latin-1 encoding of a text.
    private static PickleBytes? Encode(PickleSource source, object?[] arguments) => arguments switch
    {
        [string text, "latin1" or "latin-1"] => PickleBytes.OfLatin1(text),
        [PickleBytes { IsUtf8: true } bytes, "latin1" or "latin-1"] => bytes,
        _ => null,
    };

    // (ndarray, (0,), b'b'), filled by the state that follows
    private static PickledArray? EmptyArray(PickleSource source, object?[] arguments) =>
        arguments is [PickleGlobal { Name: "ndarray" }, PickleTuple, _] ? new PickledArray() : null;

    // ('f4', align, copy), the byte order comes with the state that follows
    private static PickledArrayType? ArrayType(PickleSource source, object?[] arguments) =>
        arguments is [string name, ..] ? PickledArrayType.Parse(name) : null;
}

/// <summary>A value that is of no use here but harmless.</summary>
internal sealed record PickleOpaque(string What);
