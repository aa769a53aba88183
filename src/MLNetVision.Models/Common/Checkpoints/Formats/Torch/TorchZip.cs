using System.Text;
using MLNetVision.Models.Common.Checkpoints.Files;
using MLNetVision.Models.Common.Checkpoints.Formats.Pickle;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Torch;

/// <summary>The zip form of torch.save (torch 1.6 and later): a pickle, and each storage as an entry of its own.</summary>
internal sealed class TorchZip : ITorchStorages
{
    private const string PickleName = "data.pkl";

    private readonly ZipDirectory _directory;
    private readonly string _folder;

    private TorchZip(ZipDirectory directory, string folder)
    {
        _directory = directory;
        _folder = folder;
    }

    /// <exception cref="InvalidDataException">It is not such a file.</exception>
    public static (object? Root, ITorchStorages Storages) Read(MappedFile file, MemoryBudget budget)
    {
        ZipDirectory directory = ZipDirectory.Read(file, budget);
        string[] pickles = [.. directory.Names.Where(name => name == PickleName || name.EndsWith("/" + PickleName, StringComparison.Ordinal))];
        if (pickles is not [string pickle])
        {
            throw new InvalidDataException($"'{file.Path}' is a zip file, but not one that torch.save wrote: it has {pickles.Length} entries '{PickleName}' instead of one.");
        }

        string folder = pickle[..^PickleName.Length];
        if (directory.Contains(folder + "constants.pkl"))
        {
            throw new InvalidDataException($"'{file.Path}' is a TorchScript program. Save the state_dict() of its model instead.");
        }

        CheckByteOrder(directory, folder, file);
        (long offset, long length) = directory.Locate(pickle);
        object? root = PickleReader.Read(new PickleSource(file, offset, offset + length), budget);
        return (root, new TorchZip(directory, folder));
    }

    public (long Offset, long Length) Locate(PickledStorage storage) => _directory.Locate($"{_folder}data/{storage.Key}");

    private static void CheckByteOrder(ZipDirectory directory, string folder, MappedFile file)
    {
        string name = folder + "byteorder";
        if (!directory.Contains(name))
        {
            return; // torch before 2.1 wrote little-endian files only
        }

        (long offset, long length) = directory.Locate(name);
        byte[] order = new byte[Math.Min(length, 16)];
        file.Read(offset, order);
        if (Encoding.ASCII.GetString(order) is var text and not "little")
        {
            throw new InvalidDataException($"'{file.Path}' has the byte order '{text}'; only little-endian files are read.");
        }
    }
}
