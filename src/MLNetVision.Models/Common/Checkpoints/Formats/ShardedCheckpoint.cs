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

    /// <inheritdoc/>
    public IReadOnlyList<UnreadableTensor> Unreadable => [.. _shards.Values.SelectMany(shard => shard.Unreadable)];

    /// <inheritdoc/>
    public IReadOnlyList<string> Remarks { get; private set; } = [];

    /// <summary>
    /// Opens an index and all of its files, which lie beside it. As with transformers the files' tensors count, whatever the index says of them; what it
    /// says otherwise is a remark.
    /// </summary>
    /// <exception cref="FileNotFoundException">The index or a file that it names is missing.</exception>
    /// <exception cref="InvalidDataException">The index or a file is broken, or not one tensor that the index names is there.</exception>
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
        var found = new Dictionary<string, (TensorEntry Entry, string File)>(StringComparer.Ordinal);
        var order = new List<string>();
        var twice = new List<string>();
        foreach (string file in map.Values.Distinct().Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(folder, file);
            if (!File.Exists(path))
            {
                throw new FileNotFoundException($"The index '{indexPath}' names '{file}', which is not beside it.", path);
            }

            ICheckpoint shard = Checkpoint.OpenFile(path);
            _shards.Add(file, shard);
            foreach (TensorEntry entry in shard.Entries)
            {
                if (!found.TryGetValue(entry.Name, out (TensorEntry Entry, string File) earlier))
                {
                    order.Add(entry.Name);
                }
                else if (map.GetValueOrDefault(entry.Name) == earlier.File)
                {
                    continue; // where two files have a tensor, the index decides
                }
                else if (map.GetValueOrDefault(entry.Name) != file)
                {
                    twice.Add(entry.Name); // else the later file, which transformers loads over the earlier one
                }

                found[entry.Name] = (entry, file);
            }
        }

        foreach ((string name, (_, string file)) in found)
        {
            _shardOfTensor.Add(name, _shards[file]);
        }

        Entries = [.. order.Select(name => found[name].Entry)];
        HashSet<string> unreadable = [.. Unreadable.Select(tensor => tensor.Name)];
        string[] lacking = [.. map.Keys.Where(name => !found.ContainsKey(name) && !unreadable.Contains(name))];
        if (found.Count == 0 && unreadable.Count == 0)
        {
            throw new InvalidDataException($"The files that the index '{indexPath}' names have no tensor, not even '{lacking[0]}', which it promises.");
        }

        Remarks =
        [
            .. _shards.Values.SelectMany(shard => shard.Remarks),
            .. Remark(lacking, $"that the index '{indexPath}' promises are in none of its files"),
            .. Remark(found.Keys.Where(name => !map.ContainsKey(name)), $"are not in the index '{indexPath}', but in its files: they are read"),
            .. Remark(map.Where(pair => found.TryGetValue(pair.Key, out (TensorEntry Entry, string File) place) && place.File != pair.Value).Select(pair => pair.Key), $"lie in another file than the index '{indexPath}' says: they are read from there"),
            .. Remark(twice, "are in several files, and the index says of none that it has them: the last one's are read"),
        ];
    }

    private static IEnumerable<string> Remark(IEnumerable<string> names, string what)
    {
        const int Shown = 5;
        string[] all = [.. names];
        return all.Length == 0 ? [] : [$"{all.Length} tensor(s) {what}: {string.Join(", ", all.Take(Shown))}{(all.Length > Shown ? ", …" : string.Empty)}."];
    }

    private ICheckpoint Find(string name) =>
        _shardOfTensor.TryGetValue(name, out ICheckpoint? shard) ? shard : throw new KeyNotFoundException($"The checkpoint has no tensor '{name}'.");

    private sealed record Index([property: JsonPropertyName("weight_map")] Dictionary<string, string>? WeightMap);
}
