using System.Text.Json;
using System.Text.Json.Nodes;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using TorchSharp;

namespace MLNetVision.Models.Training.State;

/// <summary>
/// A folder with the state of a training. each file appears whole or not at all. The state names the file of the best weights that belongs to it, which is written before.
/// </summary>
/// <param name="path">The folder; it is made when something is saved.</param>
internal sealed class TrainingFolder(string path)
{
    private const string StateName = "training-state.safetensors";
    private const string BestPrefix = "best-epoch-";
    private const string Extension = ".safetensors";
    private const string MetadataKey = "training";
    private const int Version = 1;

    /// <summary>What a state file holds beside the tensors.</summary>
    private sealed record Document<T>(int Version, JsonObject Fingerprint, T Position);

    /// <summary>Where the folder is.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    private string StatePath => System.IO.Path.Combine(Path, StateName);

    /// <summary>Whether the folder holds a state.</summary>
    public bool HasState => File.Exists(StatePath);

    /// <summary>Writes the state; the best weights that belong to it must have been written before.</summary>
    public void Save<T>(JsonObject fingerprint, T position, int best, IEnumerable<(string Name, torch.Tensor Tensor)> tensors)
    {
        Directory.CreateDirectory(Path);
        string json = JsonSerializer.Serialize(new Document<T>(Version, fingerprint, position), TrainingFingerprint.Json);
        SafetensorsWriter.Write(StatePath, Pairs(tensors), new Dictionary<string, string> { [MetadataKey] = json });
        foreach (string stale in Directory.EnumerateFiles(Path).Where(file => IsStale(System.IO.Path.GetFileName(file), best)))
        {
            File.Delete(stale);
        }
    }

    /// <summary>Writes the weights of an epoch that ranks first.</summary>
    public void SaveBest(int epoch, IEnumerable<(string Name, torch.Tensor Tensor)> tensors)
    {
        Directory.CreateDirectory(Path);
        SafetensorsWriter.Write(BestPath(epoch), Pairs(tensors));
    }

    /// <summary>Reads the state into tensors of the same names.</summary>
    /// <returns>Where the training stands.</returns>
    /// <exception cref="InvalidOperationException">The state is of a training with other options, data or model.</exception>
    /// <exception cref="InvalidDataException">The file is broken, or written by a newer version.</exception>
    public T Load<T>(JsonObject fingerprint, IEnumerable<(string Name, torch.Tensor Tensor)> tensors)
    {
        using SafetensorsFile file = SafetensorsFile.Open(StatePath);
        Document<T> document = ReadDocument<T>(file);
        IReadOnlyList<string> differences = TrainingFingerprint.Differences(document.Fingerprint, fingerprint);
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
    public void LoadBest(int epoch, IEnumerable<(string Name, torch.Tensor Tensor)> tensors)
    {
        using SafetensorsFile file = SafetensorsFile.Open(BestPath(epoch));
        ReadTensors(file, tensors);
    }

    private Document<T> ReadDocument<T>(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(MetadataKey, out string? json))
        {
            throw new InvalidDataException($"'{StatePath}' is not the state of a training: its header has no '{MetadataKey}'.");
        }

        try
        {
            var document = JsonSerializer.Deserialize<Document<T>>(json, TrainingFingerprint.Json)!;
            return document.Version <= Version
                ? document
                : throw new InvalidDataException($"'{StatePath}' is of version {document.Version}, too new for this library, which reads up to {Version}.");
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

    private string BestPath(int epoch) => System.IO.Path.Combine(Path, BestName(epoch));

    /// <summary>Best weights of other epochs, and what a killed process left half written.</summary>
    private static bool IsStale(string file, int bestEpoch) =>
        (file.StartsWith(BestPrefix, StringComparison.Ordinal) && file != BestName(bestEpoch)) || file.StartsWith(StateName + ".", StringComparison.Ordinal);

    private static string BestName(int epoch) => $"{BestPrefix}{epoch}{Extension}";

    private static IEnumerable<KeyValuePair<string, torch.Tensor>> Pairs(IEnumerable<(string Name, torch.Tensor Tensor)> tensors) =>
        tensors.Select(item => KeyValuePair.Create(item.Name, item.Tensor));
}
