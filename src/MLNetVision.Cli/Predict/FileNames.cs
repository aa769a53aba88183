using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.Cli.Predict;

/// <summary>A name for each picture's files: that of the picture, with a number where another picture of the name came before.</summary>
internal sealed class FileNames
{
    private readonly Dictionary<string, int> _taken = new(StringComparer.OrdinalIgnoreCase);

    public string Next(PictureRequest request)
    {
        string name = Path.GetFileNameWithoutExtension(request.Image);
        name = name.Length == 0 ? "picture" : name;
        int count = _taken[name] = _taken.GetValueOrDefault(name) + 1;
        return count == 1 ? name : $"{name}-{count}";
    }
}
