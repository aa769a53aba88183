using MLNetVision.Models.Common.Checkpoints.Tensors;

namespace MLNetVision.Models.Common.Checkpoints.Loading;

/// <summary>Loads a bare model's checkpoint into a model with a head, and the other way round.</summary>
internal static class BasePrefix
{
    /// <summary>
    /// The checkpoint itself where more of its keys are the model's than with the prefix added or removed; otherwise a
    /// view of it with that change. The view does not own the checkpoint.
    /// </summary>
    public static ICheckpoint Adapt(ICheckpoint checkpoint, IReadOnlySet<string> modelKeys, string prefix)
    {
        if (prefix.Length == 0)
        {
            return checkpoint;
        }

        (string Name, int Matches)[] ways =
        [
            ("as it is", Count(name => name)),
            ("added", Count(Add)),
            ("removed", Count(Remove)),
        ];
        (string way, _) = ways.MaxBy(candidate => candidate.Matches);
        return way switch
        {
            "added" => Rename(Add),
            "removed" => Rename(Remove),
            _ => checkpoint,
        };

        string Add(string name) => prefix + name;

        string Remove(string name) => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;

        int Count(Func<string, string> rename) => checkpoint.Entries.Count(entry => modelKeys.Contains(rename(entry.Name)));

        // Names that the change would not bring into the model stay as they are, for the report.
        MappedCheckpoint Rename(Func<string, string> rename) => new(
            checkpoint,
            [.. checkpoint.Entries.Select(entry => new MappedTensor(
                modelKeys.Contains(rename(entry.Name)) ? entry with { Name = rename(entry.Name) } : entry, entry.Name))],
            ownsSource: false);
    }
}
