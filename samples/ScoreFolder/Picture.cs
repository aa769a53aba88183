namespace ScoreFolder;

/// <summary>A row of ML.NET's data: the path of a picture.</summary>
internal sealed class Picture
{
    public string Image { get; set; } = string.Empty;
}
