namespace MLNetVision.Tests.Architecture;

/// <summary>A source file's use of a type of another one.</summary>
/// <param name="File">From src.</param>
/// <param name="Type">The outermost type.</param>
/// <param name="TypeFile">Where the type is declared: its first file by name.</param>
internal sealed record TypeUse(string File, string Type, string TypeFile)
{
    public override string ToString() => $"{File} uses {Type} ({TypeFile})";
}
