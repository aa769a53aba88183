using System.Text.Json;
using MLNetVision.Imaging.Pictures.Sources;

namespace MLNetVision.Models.Pipelines.Predictions;

/// <summary>A picture that somebody asks about, by a line of text.</summary>
public sealed record PictureRequest
{
    /// <summary>The file, as it was written.</summary>
    public required string Image { get; init; }

    /// <summary>What stands for the picture in the asker's own words: JSON, which goes into the answer as it is; null for nothing.</summary>
    public string? Id { get; init; }

    /// <summary>Why the line names no picture; null where it does.</summary>
    public string? Problem { get; init; }

    /// <summary>The folder that a relative path counts from; null for the current one.</summary>
    public string? Folder { get; init; }

    /// <summary>Reads a line: a path, or a JSON object {"image": PATH, "id": anything}, whose other properties are not read. It never throws: a line that cannot be read is a request with a problem.</summary>
    /// <param name="line">The line.</param>
    /// <param name="folder">The folder that relative paths count from; null for the current one.</param>
    public static PictureRequest Parse(string line, string? folder = null)
    {
        ArgumentNullException.ThrowIfNull(line);
        string text = line.Trim();
        if (!text.StartsWith('{'))
        {
            return Checked(new PictureRequest { Image = text, Folder = folder });
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            string? id = json.RootElement.TryGetProperty("id", out JsonElement value) ? value.GetRawText() : null;
            return json.RootElement.TryGetProperty("image", out JsonElement image) && image.ValueKind == JsonValueKind.String
                ? Checked(new PictureRequest { Image = image.GetString()!, Id = id, Folder = folder })
                : new PictureRequest { Image = string.Empty, Id = id, Problem = "The line's JSON object has no text \"image\"." };
        }
        catch (JsonException e)
        {
            return new PictureRequest { Image = text, Problem = $"The line begins like a JSON object but is none: {e.Message}" };
        }
    }

    /// <summary>The picture; an empty one where the line names none.</summary>
    internal ImageSource ToSource() => Problem is not null ? ImageSource.FromBytes(default) : ImageSource.FromFile(FullName);

    /// <summary>The file's path from the current folder.</summary>
    public string FullName => Folder is null ? Image : Path.Combine(Folder, Image);

    private static PictureRequest Checked(PictureRequest request) =>
        request.Image.Length == 0 ? request with { Problem = "The line is empty." }
        : request.Image.Contains('\0', StringComparison.Ordinal) ? request with { Problem = "The path holds a character 0, which no path has." }
        : request;
}
