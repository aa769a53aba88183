namespace MLNetVision.Models.Pipelines;

/// <summary>What a user calls disposed of, when a model is used after that.</summary>
/// <param name="Type">The type that has the model.</param>
/// <param name="Message">What else to say of it; null for nothing.</param>
internal sealed record ModelOwner(Type Type, string? Message = null)
{
    public ObjectDisposedException Disposed() => Message is null ? new ObjectDisposedException(Type.FullName) : new ObjectDisposedException(Type.FullName, Message);
}
