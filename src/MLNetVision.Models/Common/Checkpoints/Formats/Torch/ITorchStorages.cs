using MLNetVision.Models.Common.Checkpoints.Formats.Pickle;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Torch;

/// <summary>Where the storages of a torch file lie.</summary>
internal interface ITorchStorages
{
    /// <summary>Where the bytes of a storage begin, and their number.</summary>
    /// <exception cref="InvalidDataException">The file lacks the storage.</exception>
    (long Offset, long Length) Locate(PickledStorage storage);
}
