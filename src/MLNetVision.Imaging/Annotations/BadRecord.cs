namespace MLNetVision.Imaging.Annotations;

/// <summary>A record that a loader could not use.</summary>
/// <param name="Name">Its id or file.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record BadRecord(string Name, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Reason}";
}
