using System.Text.Json;
using System.Text.Json.Nodes;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using TorchSharp;

namespace MLNetVision.Models.Training.State;

/// <summary>
/// A folder with the state of a training. Each file appears whole or not at all. The state names the file of the best weights that belongs to it, which is written before.
/// </summary>
/// <param name="path">The folder; it is made when something is saved.</param>
internal sealed class TrainingFolder(string path)
{
    private const string StateName = "training-state.safetensors";
    private const string BestPrefix = "best-weights-";
    private const string Extension = ".safetensors";
    private const string MetadataKey = "training";
    private const int Version = 2;

    /// <summary>What a state file holds beside the tensors.</summary>
    private sealed record Document(int Version, JsonObject Fingerprint, TrainingPosition Position);

    /// <summary>Where the folder is.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    private string StatePath => System.IO.Path.Combine(Path, StateName);

    /// <summary>Whether the folder holds a state.</summary>
    public bool HasState => File.Exists(StatePath);

    /// <summary>Writes the state; the best weights that belong to it must have been written before.</summary>
    public void Save(JsonObject fingerprint, TrainingPosition position, IEnumerable<(string Name, torch.Tensor Tensor)> tensors)
    {
        Directory.CreateDirectory(Path);
        string json = JsonSerializer.Serialize(new Document(Version, fingerprint, position), TrainingFingerprint.Json);
        SafetensorsWriter.Write(StatePath, Pairs(tensors), new Dictionary<string, string> { [MetadataKey] = json });
        foreach (string stale in Directory.EnumerateFiles(Path).Where(file => IsStale(System.IO.Path.GetFileName(file), position.Best)))
        {
            File.Delete(stale);
        }
    }

    /// <summary>Writes the weights of a milestone that ranks first.</summary>
    public void SaveBest(int milestone, IEnumerable<(string Name, torch.Tensor Tensor)> tensors)
    {
        Directory.CreateDirectory(Path);
        SafetensorsWriter.Write(BestPath(milestone), Pairs(tensors));
    }

    /// <summary>Reads the state into tensors of the same names.</summary>
    /// <param name="fingerprint">What must be the same.</param>
    /// <param name="contents">Given a name of contents and what they were, says which pictures are others.</param>
    /// <param name="tensors">The tensors.</param>
    /// <returns>Where the training stands.</returns>
    /// <exception cref="InvalidOperationException">The state is of a training with other options, data or model.</exception>
    /// <exception cref="InvalidDataException">The file is broken, or written by another version.</exception>
    public TrainingPosition Load(JsonObject fingerprint, Func<string, JsonNode?, string> contents, IEnumerable<(string Name, torch.Tensor Tensor)> tensors)
    {
        using SafetensorsFile file = SafetensorsFile.Open(StatePath);
        Document document = ReadDocument(file);
        IReadOnlyList<string> differences = TrainingFingerprint.Differences(document.Fingerprint, fingerprint, name => contents(name, document.Fingerprint[name]));
        if (differences.Count > 0)
        {
            throw new InvalidOperationException(
                $"'{Path}' holds the state of another training: {string.Join("; ", differences)}. Continue with the same settings, or choose an empty folder.");
        }

        ReadTensors(file, tensors);
        return document.Position;
    }

    /// <summary>Reads the best weights into tensors of the same names.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is broken.</exception>
    public void LoadBest(int milestone, IEnumerable<(string Name, torch.Tensor Tensor)> tensors)
    {
        using SafetensorsFile file = SafetensorsFile.Open(BestPath(milestone));
        ReadTensors(file, tensors);
    }

    private Document ReadDocument(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(MetadataKey, out string? json))
        {
            throw new InvalidDataException($"'{StatePath}' is not the state of a training: its header has no '{MetadataKey}'.");
        }

        try
        {
            var document = JsonSerializer.Deserialize<Document>(json, TrainingFingerprint.Json)!;
            return document.Version == Version
                ? document
                : throw new InvalidDataException(
                    $"'{StatePath}' is of version {document.Version}, but this library reads version {Version}. End that training with the library that began it, or choose an empty folder.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{StatePath}' is not the state of a training: {e.Message}", e);
        }
    }

    private static void ReadTensors(SafetensorsFile file, IEnumerable<(string Name, torch.Tensor Tensor)> tensors)
    {
        using var _ = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in tensors)
        {
            using torch.Tensor stored = file.Read(name);
            tensor.copy_(stored);
        }
    }

    private string BestPath(int milestone) => System.IO.Path.Combine(Path, BestName(milestone));

    /// <summary>Best weights of other milestones, and what a killed process left half written.</summary>
    private static bool IsStale(string file, int best) =>
        (file.StartsWith(BestPrefix, StringComparison.Ordinal) && file != BestName(best)) || file.StartsWith(StateName + ".", StringComparison.Ordinal);

    private static string BestName(int milestone) => $"{BestPrefix}{milestone}{Extension}";

    private static IEnumerable<KeyValuePair<string, torch.Tensor>> Pairs(IEnumerable<(string Name, torch.Tensor Tensor)> tensors) =>
        tensors.Select(item => KeyValuePair.Create(item.Name, item.Tensor));
}
