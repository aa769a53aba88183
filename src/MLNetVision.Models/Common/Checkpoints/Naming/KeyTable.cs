using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Tensors;

namespace MLNetVision.Models.Common.Checkpoints.Naming;

/// <summary>The names that another project gives to a model's tensors.</summary>
/// <param name="Project">Whose names these are, for the report.</param>
/// <param name="Signature">A key that every checkpoint of that project has and no other.</param>
/// <param name="Rules">
/// The names, one rule after another. Several rules may take the same stored key, each for a part of it; a key without
/// a rule keeps its name.
/// </param>
/// <param name="Normalize">
/// Rewrites the stored keys before the rules see them, where a name depends on the other keys; null for nothing.
/// </param>
internal sealed record KeyTable(string Project, string Signature, IReadOnlyList<KeyRule> Rules, Func<IReadOnlyList<string>, Func<string, string>>? Normalize = null)
{
    /// <summary>How the keys begin that the rules are about.</summary>
    public IEnumerable<string> Roots => Rules.Select(rule => rule.Root).Where(root => root.Length > 0).Distinct();

    /// <summary>
    /// The checkpoint under the model's names, by the first table that recognises it; the checkpoint itself when none
    /// does. What is returned owns the checkpoint.
    /// </summary>
    public static ICheckpoint Adapt(ICheckpoint checkpoint, IReadOnlyList<KeyTable> tables)
    {
        string[] keys = [.. checkpoint.Entries.Select(entry => entry.Name)];
        KeyTable? table = tables.FirstOrDefault(candidate => keys.Contains(candidate.Signature, StringComparer.Ordinal));
        return table is null ? checkpoint : table.Map(checkpoint, keys);
    }

    private MappedCheckpoint Map(ICheckpoint checkpoint, string[] keys)
    {
        Func<string, string> normalize = Normalize?.Invoke(keys) ?? (key => key);
        return new MappedCheckpoint(checkpoint, [.. checkpoint.Entries.SelectMany(entry => Map(entry, normalize(entry.Name)))], ownsSource: true, Project);
    }

    private MappedTensor[] Map(TensorEntry entry, string normalized)
    {
        MappedTensor[] mapped =
        [
            .. from rule in Rules
               let name = rule.Apply(normalized)
               where name is not null
               select new MappedTensor(
                   entry with { Name = name, Shape = rule.Change?.Shape(entry.Shape) ?? entry.Shape }, entry.Name, rule.Change?.FirstElement(entry.Shape)),
        ];
        return mapped.Length > 0 ? mapped : [new MappedTensor(entry, entry.Name)];
    }
}
