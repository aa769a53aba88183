using System.Globalization;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Config;

namespace MLNetVision.Models.Common.Pretrained;

/// <summary>Compares a config with the weights that it came with, before anything of the size that it asks for is built.</summary>
internal static class ConfigComparison
{
    /// <summary>
    /// Checks that a config asks for no more than the weights have. Less is left to the loader, which knows what may be left out;
    /// of tensors that are not there, such as a bare model's head, nothing is known.
    /// </summary>
    /// <param name="config">The config that lies beside the weights.</param>
    /// <param name="checkpoint">The weights, under the model's names.</param>
    /// <exception cref="InvalidDataException">It asks for more; the message names the field and the tensor.</exception>
    public static void Check(PretrainedConfig config, ICheckpoint checkpoint)
    {
        foreach (SizeClaim claim in config.SizeClaims())
        {
            if (claim.Dimension is null ? Blocks(claim.Key, checkpoint) is not 0 and var stored && claim.Asked > stored : IsBeyond(claim, checkpoint, out stored))
            {
                string what = claim.Dimension is { } dimension ? $"for {claim.Asked} in dimension {dimension} of '{claim.Key}'" : $"for {claim.Asked} times '{claim.Key}'";
                throw config.Contradiction(claim.Field, $"asks {what}", $"{stored} at most, as the weights have");
            }
        }
    }

    private static bool IsBeyond(SizeClaim claim, ICheckpoint checkpoint, out long stored)
    {
        stored = 0;
        TensorEntry? entry = checkpoint.Entries.FirstOrDefault(candidate => IsKey(candidate.Name, claim.Key));
        if (entry is null || entry.Shape.Count <= claim.Dimension)
        {
            return false;
        }

        stored = entry.Shape[claim.Dimension!.Value];
        return claim.Asked > stored;
    }

    /// <summary>One more than the largest number that stands for # in a key that is there; 0 for none.</summary>
    private static long Blocks(string key, ICheckpoint checkpoint)
    {
        int mark = key.IndexOf('#', StringComparison.Ordinal);
        (string before, string behind) = (key[..mark], key[(mark + 1)..]);
        long blocks = 0;
        foreach (TensorEntry entry in checkpoint.Entries)
        {
            if (!entry.Name.EndsWith(behind, StringComparison.Ordinal))
            {
                continue;
            }

            ReadOnlySpan<char> rest = entry.Name.AsSpan(0, entry.Name.Length - behind.Length);
            int digits = rest.LastIndexOfAnyExceptInRange('0', '9') + 1;
            if (IsKey(rest[..digits], before) && int.TryParse(rest[digits..], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                blocks = Math.Max(blocks, number + 1L);
            }
        }

        return blocks;
    }

    private static bool IsKey(ReadOnlySpan<char> name, string key) =>
        name.EndsWith(key, StringComparison.Ordinal) && (name.Length == key.Length || name[name.Length - key.Length - 1] == '.');
}
