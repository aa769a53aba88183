using MLNetVision.Imaging.Pictures.Sources;

namespace MLNetVision.AspNetCore;

/// <summary>A picture that came with a request.</summary>
/// <param name="Name">What the client calls its file: text for the answer, never a path; empty where it does not say.</param>
/// <param name="Bytes">The file.</param>
/// <param name="Refusal">Why it is not looked at; null where it is.</param>
internal sealed record PictureUpload(string Name, ReadOnlyMemory<byte> Bytes, RefusedException? Refusal)
{
    /// <summary>The pixels that its header claims.</summary>
    public long Pixels { get; init; }

    public ImageSource ToSource() => ImageSource.FromBytes(Bytes);
}
