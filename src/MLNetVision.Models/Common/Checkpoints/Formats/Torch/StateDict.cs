using MLNetVision.Models.Common.Checkpoints.Formats.Pickle;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Torch;

/// <summary>Finds the state dict in what a pickle holds.</summary>
internal static class StateDict
{
    // What training scripts call the state dict beside the optimiser's state, in the order of preference.
    private static readonly string[] Wrappers = ["model", "state_dict", "model_state_dict"];

    /// <summary>The named tensors of the root, or of the one wrapper in it that has any.</summary>
    /// <exception cref="InvalidDataException">There is no tensor, or a name is repeated.</exception>
    public static IReadOnlyList<(string Name, PickledTensor Tensor)> Find(object? root, string path)
    {
        IEnumerable<object?> candidates = root is PickleDictionary dictionary ? [dictionary, .. Wrappers.Select(dictionary.Find)] : [];
        foreach (object? candidate in candidates)
        {
            if (candidate is PickleDictionary state && Tensors(state, path) is { Count: > 0 } tensors)
            {
                return tensors;
            }
        }

        throw new InvalidDataException(
            $"'{path}' has no state dict: expected a dict from names to tensors, by itself or as its '{string.Join("' or '", Wrappers)}'.");
    }

    private static List<(string Name, PickledTensor Tensor)> Tensors(PickleDictionary state, string path)
    {
        var tensors = new List<(string, PickledTensor)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((object? key, object? value) in state.Items)
        {
            // Other values (metadata, counters) are no weights.
            if (key is not string name || Tensor(name, value, path) is not { } tensor)
            {
                continue;
            }

            if (!names.Add(name))
            {
                throw new InvalidDataException($"'{path}' has two tensors '{name}'.");
            }

            tensors.Add((name, tensor));
        }

        return tensors;
    }

    private static PickledTensor? Tensor(string name, object? value, string path) =>
        value is PickledArray array ? array.ToTensor(name, path) : value as PickledTensor;
}
