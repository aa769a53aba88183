using MLNetVision.Models.Common.Checkpoints.Formats.Pickle;
using MLNetVision.Models.Common.Checkpoints.Tensors;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Torch;

/// <summary>The state dict in what a pickle holds.</summary>
/// <param name="Tensors">Its tensors.</param>
/// <param name="Others">What stands for tensors that are none of plain elements: sparse ones, say.</param>
internal sealed record StateDict(IReadOnlyList<(string Name, PickledTensor Tensor)> Tensors, IReadOnlyList<UnreadableTensor> Others)
{
    // What training scripts call the state dict beside the optimiser's state, in the order of preference.
    private static readonly string[] Wrappers =
    [
        "model", "state_dict", "model_state_dict", "module", "net", "network", "params", "weights", "checkpoint", "model_ema", "state_dict_ema", "ema_state_dict", "ema",
    ];

    /// <summary>The named tensors of the root, or of the first wrapper in it, or in one of those, that has any.</summary>
    /// <exception cref="InvalidDataException">There is no tensor, or a name is repeated.</exception>
    public static StateDict Find(object? root, string path)
    {
        PickleDictionary[] outer = [.. Wrapped(root)];
        foreach (PickleDictionary candidate in (PickleDictionary[])[.. root is PickleDictionary own ? [own] : Array.Empty<PickleDictionary>(), .. outer, .. outer.SelectMany(Wrapped)])
        {
            if (Read(candidate, path) is { Tensors.Count: > 0 } state)
            {
                return state;
            }
        }

        throw new InvalidDataException(
            $"'{path}' has no state dict: expected a dict from names to tensors, by itself or as its '{string.Join("', '", Wrappers[..^1])}' or '{Wrappers[^1]}'.");
    }

    private static IEnumerable<PickleDictionary> Wrapped(object? value) =>
        value is PickleDictionary dictionary ? Wrappers.Select(dictionary.Find).OfType<PickleDictionary>() : [];

    private static StateDict Read(PickleDictionary state, string path)
    {
        var tensors = new List<(string, PickledTensor)>();
        var others = new List<UnreadableTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((object? key, object? value) in state.Items)
        {
            // Other values (metadata, counters) are no weights.
            if (key is not string name)
            {
                continue;
            }

            if (value is PickleOpaque { What: var what } && what.StartsWith("torch._utils._rebuild_", StringComparison.Ordinal))
            {
                others.Add(new UnreadableTensor(name, what["torch._utils._rebuild_".Length..].Replace('_', ' ')));
            }
            else if (Tensor(name, value, path) is { } tensor)
            {
                tensors.Add((name, names.Add(name) ? tensor : throw new InvalidDataException($"'{path}' has two tensors '{name}'.")));
            }
        }

        return new StateDict(tensors, others);
    }

    private static PickledTensor? Tensor(string name, object? value, string path) =>
        value is PickledArray array ? array.ToTensor(name, path) : value as PickledTensor;
}
