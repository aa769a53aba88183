using System.IO.Compression;
using System.Text.Json;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks.Peers;

/// <summary>A model file of another engine, as peers.json lists it, with the answers it must give.</summary>
internal sealed class PeerFile(string name, string folder, JsonElement description)
{
    public string Name => name;

    public bool IsOnnx => description.GetProperty("runtime").GetString() == "onnx";

    /// <summary>Reads the list of peers.</summary>
    public static IReadOnlyList<PeerFile> List(string folder)
    {
        string path = Path.Combine(folder, "peers.json");
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"'{path}' does not exist; name the folder of the peers with --peers.", path);
        }

        JsonElement json = JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;
        return [.. json.EnumerateObject().Select(peer => new PeerFile(peer.Name, folder, peer.Value))];
    }

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

    /// <summary>
    /// Throws unless an output equals the recorded one within the recorded tolerance or, where one is given, within a
    /// part of the largest recorded value.
    /// </summary>
    public void Check(int output, ReadOnlySpan<float> actual, string engine, double? relativeTolerance = null)
    {
        JsonElement expected = description.GetProperty("outputs")[output];
        int stride = expected.GetProperty("stride").GetInt32();
        double tolerance = relativeTolerance is { } part
            ? part * expected.GetProperty("values").EnumerateArray().Max(value => Math.Abs(value.GetDouble()))
            : expected.GetProperty("tolerance").GetDouble();
        int i = 0;
        foreach (JsonElement value in expected.GetProperty("values").EnumerateArray())
        {
            double difference = Math.Abs(value.GetDouble() - actual[i]);
            if (!(difference <= tolerance))
            {
                throw new InvalidDataException($"{engine} on {name}: output {output}, element {i} is {actual[i]}, expected {value.GetDouble()} within {tolerance}.");
            }

            i += stride;
        }
    }
}
