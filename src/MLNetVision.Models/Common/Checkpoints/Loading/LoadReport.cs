using System.Text;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Loading;

/// <summary>What loading a checkpoint into a model did, key by key.</summary>
public sealed record LoadReport
{
    /// <summary>The model's keys whose values came from the checkpoint, in the model's order.</summary>
    public required IReadOnlyList<string> Loaded { get; init; }

    /// <summary>The model's keys that the checkpoint lacks: they keep the model's own values.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>The checkpoint's keys that the model lacks, in stored order, and behind them those that cannot be read whoever has them: they are left out.</summary>
    public required IReadOnlyList<string> Unexpected { get; init; }

    /// <summary>The keys with another shape in the checkpoint: they keep the model's own values.</summary>
    public required IReadOnlyList<ReshapedKey> Reshaped { get; init; }

    /// <summary>The keys with another number of rows in the checkpoint: the first rows of both were loaded.</summary>
    public required IReadOnlyList<ReshapedKey> Resized { get; init; }

    /// <summary>The keys whose values were converted from another element type.</summary>
    public required IReadOnlyList<ConvertedKey> Converted { get; init; }

    /// <summary>The keys that are called otherwise in the checkpoint.</summary>
    public required IReadOnlyList<RenamedKey> Renamed { get; init; }

    /// <summary>The project whose names of keys were recognised and mapped; null when the names were the model's own.</summary>
    public string? NamingScheme { get; init; }

    /// <summary>
    /// What is odd about config and files but kept nothing from being loaded, a sentence each: label tables that disagree, indices that name other
    /// tensors than their files have, tensors of types that cannot be read.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether every key of either side was loaded, whatever its name and element type were.</summary>
    public bool IsComplete => Missing.Count == 0 && Unexpected.Count == 0 && Reshaped.Count == 0 && Resized.Count == 0;

    /// <summary>A sentence for each kind of difference.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text, "missing in the checkpoint, left as the model has them", Missing);
        Append(text, "unexpected in the checkpoint, left out", Unexpected);
        Append(text, "of another shape, left as the model has them", Reshaped);
        Append(text, "with another number of rows, of which the first were loaded", Resized);
        Append(text, "converted", Converted);
        Append(text, "renamed", Renamed);
        foreach (string warning in Warnings)
        {
            text.Append(warning).Append(' ');
        }

        return text.Append(Loaded.Count).Append(" tensors loaded.").ToString();
    }

    private static void Append<T>(StringBuilder text, string what, IReadOnlyList<T> keys)
    {
        if (keys.Count > 0)
        {
            text.Append(keys.Count).Append(' ').Append(what).Append(": ").AppendJoin(", ", keys).Append(". ");
        }
    }
}

/// <summary>A key whose shape differs.</summary>
/// <param name="Key">The model's key.</param>
/// <param name="StoredShape">The shape in the checkpoint.</param>
/// <param name="ModelShape">The shape in the model.</param>
public sealed record ReshapedKey(string Key, IReadOnlyList<long> StoredShape, IReadOnlyList<long> ModelShape)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Key} [{string.Join(", ", StoredShape)}] instead of [{string.Join(", ", ModelShape)}]";
}

/// <summary>A key whose element type differs.</summary>
/// <param name="Key">The model's key.</param>
/// <param name="StoredType">The element type in the checkpoint.</param>
/// <param name="ModelType">The element type in the model.</param>
public sealed record ConvertedKey(string Key, torch.ScalarType StoredType, torch.ScalarType ModelType)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Key} from {StoredType} to {ModelType}";
}

/// <summary>A key that has another name in the checkpoint.</summary>
/// <param name="StoredKey">The name in the checkpoint.</param>
/// <param name="Key">The model's key.</param>
public sealed record RenamedKey(string StoredKey, string Key)
{
    /// <inheritdoc/>
    public override string ToString() => $"{StoredKey} → {Key}";
}
