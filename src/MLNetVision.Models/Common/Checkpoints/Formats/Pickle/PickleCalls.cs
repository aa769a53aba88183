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
        [new("collections", "defaultdict")] = (_, _) => new PickleDictionary(),
        [new("torch._utils", "_rebuild_tensor")] = Tensor,
        [new("torch._utils", "_rebuild_tensor_v2")] = Tensor,
        [new("torch._utils", "_rebuild_tensor_v3")] = TensorOfType,
        [new("torch._tensor", "_rebuild_from_type_v2")] = TensorOfClass,
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
        [new("torch.storage", "UntypedStorage")] = null,
    };

    /// <summary>
    /// Modules whose values training scripts keep beside the weights: settings, paths, counters, states of optimisers. They are data here as
    /// well: a name and nothing else.
    /// </summary>
    private static readonly string[] DataModules =
    [
        "argparse", "collections", "datetime", "decimal", "enum", "pathlib", "uuid", "accelerate", "detectron2", "fvcore", "lightning", "lightning_fabric", "lightning_utilities",
        "mmcv", "mmengine", "numpy", "omegaconf", "pytorch_lightning", "timm", "torch.distributed", "torch.nn", "torch.optim", "torchmetrics", "torchvision", "transformers", "yacs",
    ];

    private static readonly HashSet<PickleGlobal> DataTypes =
    [
        .. from module in new[] { "builtins", "__builtin__" }
           from name in new[] { "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "object", "range", "set", "slice", "str", "tuple" }
           select new PickleGlobal(module, name),
        new("copyreg", "_reconstructor"), new("copy_reg", "_reconstructor"), new("torch", "device"), new("torch", "Tensor"), new("torch", "Generator"), new("torch.serialization", "_get_layout"),
        new("torch._utils", "_rebuild_sparse_tensor"), new("torch._utils", "_rebuild_qtensor"), new("torch._utils", "_rebuild_nested_tensor"),
        new("torch._utils", "_rebuild_meta_tensor_no_storage"), new("torch._utils", "_rebuild_device_tensor_from_numpy"), new("torch._utils", "_rebuild_wrapper_subclass"),
        new("torch", "per_tensor_affine"), new("torch", "per_channel_affine"), new("torch", "strided"), new("torch", "sparse_coo"), new("torch", "sparse_csr"),
    ];

    /// <exception cref="InvalidDataException">The global is not on the allow-list.</exception>
    public static PickleGlobal Resolve(PickleSource source, string module, string name)
    {
        var global = new PickleGlobal(module, name);
        return Allowed.ContainsKey(global) || PickledStorage.TypeOf(global) is not null || IsData(global)
            ? global
            : throw new InvalidDataException(
                $"'{source.Path}': the pickle names '{global}' before byte {source.Position}, which is refused. "
                + "Only what describes tensors is read from a pickle, and nothing of it is ever executed.");
    }

    /// <exception cref="InvalidDataException">The value cannot be called, or not with such arguments.</exception>
    public static object Invoke(PickleSource source, object? callable, object?[] arguments)
    {
        if (callable is PickleGlobal data && IsData(data))
        {
            return new PickleOpaque(data.ToString());
        }

        if (callable is not PickleGlobal global || Allowed.GetValueOrDefault(global) is not { } call)
        {
            throw source.Broken($"calls '{callable ?? "None"}', which is refused, before byte {source.Position}");
        }

        return call(source, arguments)
            ?? throw source.Broken($"calls '{global}' with {arguments.Length} arguments that do not fit, before byte {source.Position}");
    }

    /// <summary>Whether a value of a name's kind is data that nobody needs here.</summary>
    public static bool IsData(PickleGlobal global) => !Allowed.ContainsKey(global) && (DataTypes.Contains(global)
        || DataModules.Any(module => global.Module.StartsWith(module, StringComparison.Ordinal) && (global.Module.Length == module.Length || global.Module[module.Length] == '.')));

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
        arguments is [PickledStorage { Type: { } dtype } storage, long offset, PickleTuple size, PickleTuple stride, ..] && arguments.Length <= 7
            ? PickledTensor.Create(source, storage, dtype, offset, size, stride)
            : null;

    // (storage, offset, size, stride, requires_grad, hooks, dtype[, metadata]): the storage is untyped
    private static PickledTensor? TensorOfType(PickleSource source, object?[] arguments) =>
        arguments is [PickledStorage storage, long offset, PickleTuple size, PickleTuple stride, _, _, PickleGlobal type, ..]
        && PickledStorage.TypeOf(type) is { } dtype
            ? PickledTensor.Create(source, storage, dtype, offset, size, stride)
            : null;

    // (function, class, arguments, state): a tensor of a class of its own
    private static object? TensorOfClass(PickleSource source, object?[] arguments) =>
        arguments is [PickleGlobal function, _, PickleTuple items, ..] ? Invoke(source, function, items.Items) : null;

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

/// <summary>A value that is of no use here but harmless: what it is of, and nothing of its content.</summary>
internal sealed record PickleOpaque(string What);
