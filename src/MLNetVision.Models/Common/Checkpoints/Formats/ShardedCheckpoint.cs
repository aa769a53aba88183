using System.Text.Json;
using System.Text.Json.Serialization;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Formats;

/// <summary>A checkpoint in several files with an index (<c>*.index.json</c>) that says which file has which tensor.</summary>
public sealed class ShardedCheckpoint : ICheckpoint
{
    private const long MaximumIndexLength = 64 << 20;

    private static readonly JsonSerializerOptions Reading = new() { AllowDuplicateProperties = false, RespectRequiredConstructorParameters = true };

    private readonly Dictionary<string, ICheckpoint> _shards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ICheckpoint> _shardOfTensor = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyList<TensorEntry> Entries { get; private set; } = [];

    /// <summary>Opens an index and all of its files, which lie beside it.</summary>
    /// <exception cref="FileNotFoundException">The index or a file that it names is missing.</exception>
    /// <exception cref="InvalidDataException">The index or a file is broken, or they contradict each other.</exception>
    public static ShardedCheckpoint Open(string indexPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(indexPath);
        IReadOnlyDictionary<string, string> map = ReadIndex(indexPath);
        var checkpoint = new ShardedCheckpoint();
        try
        {
            checkpoint.OpenShards(map, indexPath);
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public torch.Tensor Read(string name) => Find(name).Read(name);

    /// <inheritdoc/>
    public void ReadInto(string name, torch.Tensor target) => Find(name).ReadInto(name, target);

    /// <inheritdoc/>
    public void ReadBytes(string name, Span<byte> target) => Find(name).ReadBytes(name, target);

    /// <summary>Closes the files; tensors that were read stay valid.</summary>
    public void Dispose()
    {
        foreach (ICheckpoint shard in _shards.Values)
        {
            shard.Dispose();
        }
    }

    /// <summary>The files that an index names, in the order of their names.</summary>
    internal static IReadOnlyList<string> ShardNames(string indexPath) => [.. ReadIndex(indexPath).Values.Distinct().Order(StringComparer.Ordinal)];

    private static Dictionary<string, string> ReadIndex(string indexPath)
    {
        using FileStream stream = File.OpenRead(indexPath);
        if (stream.Length > MaximumIndexLength)
        {
            throw new InvalidDataException($"The index '{indexPath}' has {stream.Length} bytes; at most {MaximumIndexLength} are read.");
        }

        Index? index;
        try
        {
            index = JsonSerializer.Deserialize<Index>(stream, Reading);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{indexPath}' is not a checkpoint index: {e.Message}", e);
        }

        if (index?.WeightMap is not { Count: > 0 } map)
        {
            throw new InvalidDataException($"'{indexPath}' is not a checkpoint index: it has no 'weight_map'.");
        }

        foreach (string file in map.Values)
        {
            if (string.IsNullOrEmpty(file) || file is "." or ".." || file.AsSpan().ContainsAny('/', '\\', ':'))
            {
                throw new InvalidDataException($"The index '{indexPath}' names '{file}', which is not a file beside it.");
            }
        }

        return map;
    }

    private void OpenShards(IReadOnlyDictionary<string, string> map, string indexPath)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(indexPath))!;
        var entries = new List<TensorEntry>();
        foreach (string file in map.Values.Distinct().Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(folder, file);
            if (!File.Exists(path))
            {
                throw new FileNotFoundException($"The index '{indexPath}' names '{file}', which is not beside it.", path);
            }

            ICheckpoint shard = Checkpoint.OpenFile(path);
            _shards.Add(file, shard);

            // Where two files have a tensor, the index decides; a tensor that it does not name is taken all the same.
            entries.AddRange(shard.Entries.Where(entry => !map.TryGetValue(entry.Name, out string? owner) || owner == file));
        }

        foreach (TensorEntry entry in entries)
        {
            ICheckpoint shard = map.TryGetValue(entry.Name, out string? owner)
                ? _shards[owner]
                : _shards.Values.First(candidate => candidate.Entries.Contains(entry));
            if (!_shardOfTensor.TryAdd(entry.Name, shard))
            {
                throw new InvalidDataException($"Two files have the tensor '{entry.Name}', which the index '{indexPath}' does not name.");
            }
        }

        if (map.FirstOrDefault(pair => !_shardOfTensor.ContainsKey(pair.Key)) is { Key: { } missing, Value: { } shouldHave })
        {
            throw new InvalidDataException($"'{Path.Combine(folder, shouldHave)}' lacks the tensor '{missing}' that the index '{indexPath}' promises.");
        }

        Entries = entries;
    }

    private ICheckpoint Find(string name) =>
        _shardOfTensor.TryGetValue(name, out ICheckpoint? shard) ? shard : throw new KeyNotFoundException($"The checkpoint has no tensor '{name}'.");

    private sealed record Index([property: JsonPropertyName("weight_map")] Dictionary<string, string>? WeightMap);
}
