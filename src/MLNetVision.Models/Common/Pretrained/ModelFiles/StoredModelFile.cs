using System.IO.Compression;
using System.Text;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Checkpoints.Tensors;

namespace MLNetVision.Models.Common.Pretrained.ModelFiles;

/// <summary>The network in an ML.NET model file, read without ML.NET and without libtorch.</summary>
/// <remarks>
/// <para>A model file is a zip archive. Each part of the pipeline is an entry Model.key: a header of 256 bytes with its signatures and
/// versions, then its values; a network's weights lie beside it as safetensors.</para>
/// <para>The network's answer is the pipeline's only where the other parts neither change pictures nor answers, so that files with
/// parts of other kinds than the few known ones are refused.</para>
/// </remarks>
internal sealed class StoredModelFile
{
    private const long LargeWeights = 256L << 20;
    private const int MostCompression = 100;
    private const string Key = "Model.key", WeightsName = "model.safetensors", Chain = "TransformerChain";
    private const string ImageLoader = "ImageLoaderTransform";
    private const int HeaderBytes = 256;

    // Parts that look at labels or move columns.
    private static readonly string[] Harmless = ["TermTransform", "KeyToValueTransform", "CopyTransform", "SelectColumnsTransform", ImageLoader];

    private readonly string _path;
    private readonly string _weights;

    private StoredModelFile(string path, ZipArchive zip)
    {
        _path = path;
        List<(ZipArchiveEntry Entry, string Loader)> parts = [.. zip.Entries.Where(entry => IsPart(Normal(entry))).Select(entry => (entry, ReadHeader(path, entry).Loader)).Where(part => part.Item2 != Chain)];
        (ZipArchiveEntry Entry, string Loader)[] networks = [.. parts.Where(part => StoredNetworkReader.Knows(part.Loader))];
        if (networks is not [var network])
        {
            throw new InvalidDataException(
                $"The ML.NET model file '{path}' has {networks.Length} networks of this library among its parts ({string.Join(", ", parts.Select(part => part.Loader))}); expected one.");
        }

        string[] others = [.. parts.Where(part => part != network && !Harmless.Contains(part.Loader)).Select(part => part.Loader)];
        if (others.Length > 0)
        {
            throw new InvalidDataException(
                $"The ML.NET model file '{path}' holds, beside its network, {string.Join(", ", others)}, which may change pictures or answers. Load it with mlContext.Model.Load, " +
                "or write the network alone as a folder with Model.SavePretrained of its transformer, and name that.");
        }

        _weights = Normal(network.Entry)[..^Key.Length] + WeightsName;
        using BinaryReader reader = Open(network.Entry);
        reader.ReadBytes(HeaderBytes);
        try
        {
            (string loader, uint version) = ReadHeader(path, network.Entry);
            Network = StoredNetworkReader.Read(loader, version, reader, loadsImages: parts.Any(part => part.Loader == ImageLoader));
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or InvalidDataException)
        {
            throw new InvalidDataException($"The network in the ML.NET model file '{path}' cannot be read: {e.Message}", e);
        }
    }

    public StoredNetwork Network { get; }

    /// <summary>Reads what a model file says of its network.</summary>
    /// <exception cref="InvalidDataException">It is broken, has no network of this library or several, or parts that may change its answers.</exception>
    public static StoredModelFile Read(string path)
    {
        using ZipArchive zip = Open(path);
        return new StoredModelFile(path, zip);
    }

    /// <summary>Opens the weights for as long as a function needs them.</summary>
    /// <exception cref="InvalidDataException">They are missing, broken, or others than those that were saved.</exception>
    public T UseWeights<T>(Func<ICheckpoint, T> use)
    {
        // Weights are read through windows of a file, and an entry is compressed: it is unpacked, as ML.NET does.
        DirectoryInfo folder = Directory.CreateTempSubdirectory("mlnetvision-");
        try
        {
            string file = Path.Combine(folder.FullName, WeightsName);
            using (ZipArchive zip = ZipFile.OpenRead(_path))
            {
                ZipArchiveEntry entry = zip.Entries.FirstOrDefault(entry => Normal(entry) == _weights)
                    ?? throw new InvalidDataException($"The ML.NET model file '{_path}' has no entry '{_weights}'.");
                RefuseBomb(entry);
                entry.ExtractToFile(file);
            }

            using (FileStream unpacked = File.OpenRead(file))
            {
                WeightsHash.Check(unpacked, Network.WeightsHash, $"The weights in the ML.NET model file '{_path}'");
            }

            using SafetensorsFile weights = SafetensorsFile.Open(file);
            return use(weights);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Trained numbers hardly compress: what does so well would fill the disk with nothing.
    private void RefuseBomb(ZipArchiveEntry entry)
    {
        if (entry.Length > LargeWeights && entry.Length / MostCompression > entry.CompressedLength)
        {
            throw new InvalidDataException($"The weights in the ML.NET model file '{_path}' are {entry.CompressedLength} bytes that unpack to {entry.Length}; weights do not compress {MostCompression} times.");
        }
    }

    private static ZipArchive Open(string path)
    {
        try
        {
            return ZipFile.OpenRead(path);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}' is no model file of ML.NET, or a broken one: {e.Message}", e);
        }
    }

    private static string Normal(ZipArchiveEntry entry) => entry.FullName.Replace('\\', '/');

    // "TransformerChain/Model.key" and "TransformerChain/Transform_000/…/Model.key" are parts; what lies deeper in a part is its own.
    private static bool IsPart(string name) =>
        name.Split('/') is [Chain, .. var inner, Key] && inner.All(folder => folder.StartsWith("Transform_", StringComparison.Ordinal));

    private static BinaryReader Open(ZipArchiveEntry entry) => new(entry.Open(), Encoding.UTF8);

    // The loader's signature, and the version that was written.
    private static (string Loader, uint Version) ReadHeader(string path, ZipArchiveEntry entry)
    {
        using BinaryReader reader = Open(entry);
        byte[] header = reader.ReadBytes(HeaderBytes);
        return header.Length == HeaderBytes && header.AsSpan().StartsWith("ML\0MODEL"u8)
            ? (Encoding.ASCII.GetString(header, 0x50, 24).TrimEnd('\0'), BitConverter.ToUInt32(header, 0x48) & 0xFFFF)
            : throw new InvalidDataException(
                $"'{path}' looks like a model file of ML.NET, but its entry '{entry.FullName}' has no header of one: take another copy, or save the model again.");
    }
}
