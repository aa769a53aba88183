using System.Globalization;
using System.Text.Json.Nodes;
using MLNetVision.Models.Common.Checkpoints.Formats;
using MLNetVision.Models.Common.Config;
using TorchSharp;

namespace MLNetVision.Models.Common.Pretrained;

/// <summary>How tensors are spread over files, by transformers' rule: in order, a new file where the next tensor would exceed the size.</summary>
internal sealed record ShardPlan(IReadOnlyList<(string File, IReadOnlyList<KeyValuePair<string, torch.Tensor>> Tensors)> Shards, long TotalBytes)
{
    public const string IndexName = Checkpoint.SafetensorsName + Checkpoint.IndexSuffix;

    public static ShardPlan Create(IEnumerable<KeyValuePair<string, torch.Tensor>> tensors, long maximumBytes)
    {
        var shards = new List<List<KeyValuePair<string, torch.Tensor>>> { new() };
        long total = 0;
        long current = 0;
        foreach (KeyValuePair<string, torch.Tensor> item in tensors)
        {
            long bytes = item.Value.numel() * item.Value.ElementSize;
            if (current + bytes > maximumBytes && shards[^1].Count > 0)
            {
                shards.Add([]);
                current = 0;
            }

            shards[^1].Add(item);
            current += bytes;
            total += bytes;
        }

        return new ShardPlan([.. shards.Select((shard, i) => (Name(i, shards.Count), (IReadOnlyList<KeyValuePair<string, torch.Tensor>>)shard))], total);
    }

    /// <summary>The content of the index file.</summary>
    public string IndexJson() => ConfigJson.Write(new JsonObject
    {
        ["metadata"] = new JsonObject { ["total_size"] = TotalBytes },
        ["weight_map"] = new JsonObject(Shards.SelectMany(shard => shard.Tensors.Select(item => KeyValuePair.Create(item.Key, (JsonNode?)shard.File)))),
    });

    private static string Name(int index, int count)
    {
        string stem = Path.GetFileNameWithoutExtension(Checkpoint.SafetensorsName);
        return count == 1
            ? Checkpoint.SafetensorsName
            : string.Create(CultureInfo.InvariantCulture, $"{stem}-{index + 1:00000}-of-{count:00000}.safetensors");
    }
}
