using System.IO.Compression;
using System.Text.Json;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks.Peers;

/// <summary>A model file of another engine, as peers.json lists it, with the answers it must give.</summary>
internal sealed class PeerFile(string name, string folder, JsonElement description)
{
    public string Name => name;

    /// <summary>The recorded outputs.</summary>
    public int OutputCount => description.GetProperty("outputs").GetArrayLength();

    public bool IsOnnx => description.GetProperty("runtime").GetString() == "onnx";

    /// <summary>Reads the list of peers.</summary>
    public static IReadOnlyList<PeerFile> List(string folder)
    {
        string path = Path.Combine(folder, "peers.json");
        if (!File.Exists(path))
        {
            throw new BenchmarkUsageException($"There are no peers: '{Path.GetFullPath(path)}' does not exist.");
        }

        JsonElement json = JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;
        return [.. json.EnumerateObject().Select(peer => new PeerFile(peer.Name, folder, peer.Value))];
    }

    /// <summary>The peer of a name.</summary>
    public static PeerFile Find(IReadOnlyList<PeerFile> peers, string name) => peers.FirstOrDefault(peer => peer.Name == name)
        ?? throw new BenchmarkUsageException($"There is no peer '{name}'; there are {string.Join(", ", peers.Select(peer => peer.Name))}.");

    /// <summary>The unpacked file, in a temporary folder that later runs find again.</summary>
    public string Unpack()
    {
        string file = description.GetProperty("file").GetString()!;
        string unpacked = Path.Combine(Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "mlnetvision-peers")).FullName, Path.GetFileNameWithoutExtension(file));
        if (!File.Exists(unpacked) || new FileInfo(unpacked).Length != description.GetProperty("bytes").GetInt64())
        {
            string aside = $"{unpacked}.{Environment.ProcessId}";
            using (var packed = new BrotliStream(File.OpenRead(Path.Combine(folder, file)), CompressionMode.Decompress))
            using (FileStream target = File.Create(aside))
            {
                packed.CopyTo(target);
            }

            File.Move(aside, unpacked, overwrite: true);
        }

        return unpacked;
    }

    /// <summary>The procedural input, with another batch size where given.</summary>
    public Tensor Input(long? batch = null)
    {
        JsonElement input = description.GetProperty("input");
        long[] shape = [.. input.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        shape[0] = batch ?? shape[0];
        return ProceduralTensor.Create(input.GetProperty("generate").GetString()!, shape, input.GetProperty("scale").GetDouble(), input.GetProperty("offset").GetDouble());
    }

    /// <summary>Throws unless an output of this project is the recorded one, as for <see cref="Difference"/>.</summary>
    public void Check(int output, ReadOnlySpan<float> actual, double? relativeTolerance = null)
    {
        if (Difference(output, actual, relativeTolerance) is { } difference)
        {
            throw new InvalidDataException($"This project on {name}: {difference}.");
        }
    }

    /// <summary>
    /// What is wrong with an output; null where it equals the recorded one within the recorded tolerance or, where one is
    /// given, within a part of the largest recorded value.
    /// </summary>
    public string? Difference(int output, ReadOnlySpan<float> actual, double? relativeTolerance = null)
    {
        JsonElement expected = description.GetProperty("outputs")[output];
        int stride = expected.GetProperty("stride").GetInt32();
        double[] values = [.. expected.GetProperty("values").EnumerateArray().Select(value => value.GetDouble())];
        double tolerance = relativeTolerance is { } part ? part * values.Max(Math.Abs) : expected.GetProperty("tolerance").GetDouble();
        (double worst, int place) = (0, 0);
        for (int i = 0; i < values.Length; i++)
        {
            double difference = Math.Abs(values[i] - actual[i * stride]);
            if (!(difference <= worst))
            {
                (worst, place) = (difference, i * stride);
            }

            if (double.IsNaN(difference))
            {
                break;
            }
        }

        return worst <= tolerance ? null : $"output {output} differs by {worst:g3} in element {place}, tolerated {tolerance:g3}";
    }
}
