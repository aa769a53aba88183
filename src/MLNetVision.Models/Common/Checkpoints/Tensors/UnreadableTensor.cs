namespace MLNetVision.Models.Common.Checkpoints.Tensors;

/// <summary>A tensor of a checkpoint that cannot be read, since nothing here computes with its elements.</summary>
/// <param name="Name">The key, as stored.</param>
/// <param name="Type">The stored element type, or what the tensor is instead of a plain one.</param>
public sealed record UnreadableTensor(string Name, string Type)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Type})";
}
