namespace MLNetVision.Models.Common.Checkpoints.Files;

/// <summary>
/// Bounds the memory that the description of a file's tensors may take, so that a hostile file cannot ask for much more
/// than its own size. Costs are estimates of managed object sizes.
/// </summary>
internal sealed class MemoryBudget(long fileLength, string path)
{
    // Small files may cost more than their size; nobody is harmed by this much.
    private const long Slack = 4 << 20;

    private readonly long _limit = fileLength + Slack;
    private long _used;

    /// <exception cref="InvalidDataException">The budget is spent.</exception>
    public void Charge(long bytes)
    {
        _used += bytes;
        if (_used > _limit)
        {
            throw new InvalidDataException($"'{path}' has {fileLength} bytes, but the description of its content needs more memory than that.");
        }
    }
}
