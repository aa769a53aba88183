using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Tensors;

namespace MLNetVision.Models.Common.Checkpoints.Naming;

/// <summary>What a model's keys look like, under its own names and those of other projects.</summary>
/// <param name="Roots">How the model's own keys begin, with a head and without; long enough to stand nowhere else in a key.</param>
/// <param name="Tables">The names that other projects give to the tensors.</param>
internal sealed record ModelKeys(IReadOnlyList<string> Roots, IReadOnlyList<KeyTable> Tables)
{
    /// <summary>A wrapper in a wrapper in a training module: no key lies deeper.</summary>
    private const int DeepestRoot = 8;

    /// <summary>What torch.compile, fully sharded training and activation checkpointing put into keys, before any module.</summary>
    private static readonly string[] Marks = ["_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."];

    /// <summary>
    /// The checkpoint under the model's names: without what compilers, wrappers (DataParallel, averaged models) and training modules (Lightning's)
    /// put before its keys, and by the first table that recognises it. What is returned owns the checkpoint.
    /// </summary>
    public ICheckpoint Adapt(ICheckpoint checkpoint) => KeyTable.Adapt(Rename(Rename(checkpoint, WithoutMarks), WithoutPrefix(checkpoint)), Tables);

    private static ICheckpoint Rename(ICheckpoint checkpoint, Func<string, string> rename)
    {
        HashSet<string> stored = [.. checkpoint.Entries.Select(entry => entry.Name)];
        var taken = new HashSet<string>(StringComparer.Ordinal);
        MappedTensor[] tensors =
        [
            .. checkpoint.Entries.Select(entry =>
            {
                // A second tensor of a name, of an averaged copy say, stays under its own.
                string name = rename(entry.Name);
                return new MappedTensor(name != entry.Name && !stored.Contains(name) && taken.Add(name) ? entry with { Name = name } : entry, entry.Name);
            }),
        ];
        return tensors.Any(tensor => tensor.Entry.Name != tensor.StoredKey) ? new MappedCheckpoint(checkpoint, tensors, ownsSource: true) : checkpoint;
    }

    private static string WithoutMarks(string key)
    {
        foreach (string mark in Marks)
        {
            for (int at = key.IndexOf(mark, StringComparison.Ordinal); at >= 0; at = key.IndexOf(mark, at, StringComparison.Ordinal))
            {
                if (at > 0 && key[at - 1] != '.')
                {
                    break; // the end of a longer name
                }

                key = key.Remove(at, mark.Length);
            }
        }

        // The names that TensorFlow gives to the parameters of normalisation, which transformers reads too.
        return key.EndsWith(".gamma", StringComparison.Ordinal) ? key[..^"gamma".Length] + "weight"
            : key.EndsWith(".beta", StringComparison.Ordinal) ? key[..^"beta".Length] + "bias"
            : key;
    }

    /// <summary>Takes off what stands before the most keys that begin as the model's do.</summary>
    private Func<string, string> WithoutPrefix(ICheckpoint checkpoint)
    {
        string[] roots = [.. Roots, .. Tables.SelectMany(table => table.Roots)];
        var votes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (TensorEntry entry in checkpoint.Entries)
        {
            string name = WithoutMarks(entry.Name);
            int at = 0;
            for (int depth = 0; depth < DeepestRoot; depth++)
            {
                if (roots.Any(root => name.AsSpan(at).StartsWith(root, StringComparison.Ordinal)))
                {
                    votes[name[..at]] = votes.GetValueOrDefault(name[..at]) + 1;
                }

                int dot = name.IndexOf('.', at);
                if (dot < 0)
                {
                    break;
                }

                at = dot + 1;
            }
        }

        // Of an equal number the shortest, of equal ones the first: the model before its averaged copy.
        string prefix = votes.Count == 0 ? string.Empty : votes.OrderByDescending(vote => vote.Value).ThenBy(vote => vote.Key.Count(c => c == '.')).First().Key;
        return key => key.StartsWith(prefix, StringComparison.Ordinal) ? key[prefix.Length..] : key;
    }
}
