using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using MLNetVision.Models.Common.Checkpoints.Files;
using MLNetVision.Models.Common.Checkpoints.Formats.Pickle;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Torch;

/// <summary>
/// Pickles without a zip around them: the form of torch.save before 1.6 (magic number, protocol, system, root, keys,
/// then the storages one after another), and single pickles whose arrays are numpy's.
/// </summary>
internal sealed class TorchStream : ITorchStorages
{
    private const int ProtocolVersion = 1001;

    private static readonly BigInteger Magic = BigInteger.Parse("1950a86a20f9469cfc6c", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private readonly Dictionary<string, (long Offset, long Length)> _places;
    private readonly string _path;

    private TorchStream(Dictionary<string, (long Offset, long Length)> places, string path)
    {
        _places = places;
        _path = path;
    }

    /// <exception cref="InvalidDataException">It is not such a file.</exception>
    public static (object? Root, ITorchStorages Storages) Read(MappedFile file, MemoryBudget budget)
    {
        var source = new PickleSource(file, 0, file.Length);
        object? first = PickleReader.Read(source, budget);
        if (first is not BigInteger magic || magic != Magic)
        {
            return (first, new TorchStream([], file.Path));
        }

        if (PickleReader.Read(source, budget) is not (long and ProtocolVersion))
        {
            throw source.Broken($"is not of torch's protocol {ProtocolVersion}");
        }

        if (PickleReader.Read(source, budget) is not PickleDictionary system || system.Find("little_endian") is not true)
        {
            throw source.Broken("was not written on a little-endian machine; only such files are read");
        }

        object? root = PickleReader.Read(source, budget, out IReadOnlyList<PickledStorage> storages);
        if (PickleReader.Read(source, budget) is not PickleList keys)
        {
            throw source.Broken("has no list of storages");
        }

        return (root, new TorchStream(FindPlaces(keys, ElementSizes(storages), file, source), file.Path));
    }

    public (long Offset, long Length) Locate(PickledStorage storage) =>
        _places.TryGetValue(storage.Key, out (long Offset, long Length) place)
            ? place
            : throw new InvalidDataException($"'{_path}' lacks the storage '{storage.Key}'.");

    private static Dictionary<string, long> ElementSizes(IReadOnlyList<PickledStorage> storages)
    {
        var sizes = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (PickledStorage storage in storages)
        {
            sizes.TryAdd(storage.Key, storage.ElementSize);
        }

        return sizes;
    }

    // Each storage is its number of elements, then the elements; how large those are only the tensors know.
    private static Dictionary<string, (long Offset, long Length)> FindPlaces(
        PickleList keys, Dictionary<string, long> elementSizes, MappedFile file, PickleSource source)
    {
        var places = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        Span<byte> count = stackalloc byte[sizeof(long)];
        long position = source.Position;
        foreach (object? item in keys.Items)
        {
            if (item is not string key || !elementSizes.TryGetValue(key, out long elementSize))
            {
                throw source.Broken($"lists the storage '{item}', which no tensor uses, so that its size is unknown");
            }

            file.Read(position, count);
            position += count.Length;
            long elements = BinaryPrimitives.ReadInt64LittleEndian(count);
            if (elements < 0 || elements > (file.Length - position) / elementSize)
            {
                throw source.Broken($"has a storage '{key}' of {elements} elements, more than the file has");
            }

            if (!places.TryAdd(key, (position, elements * elementSize)))
            {
                throw source.Broken($"lists the storage '{key}' twice");
            }

            position += elements * elementSize;
        }

        return places;
    }
}
