using MLNetVision.Imaging.Files;

namespace MLNetVision.Models.Training.State;

/// <summary>
/// Holds a folder for one training. Two in one folder would write over each other's state and delete each other's best weights,
/// and each alone would look well.
/// </summary>
/// <remarks>
/// A file that is open to nobody else, which the system closes also when the process is killed. It stays when it is closed: a file
/// that is deleted could be held by one who has opened it before and, made anew, by another. File systems without locks do not
/// tell.
/// </remarks>
internal static class TrainingLock
{
    /// <summary>The name of the file in the folder.</summary>
    public const string FileName = "training.lock";

    /// <summary>Takes a folder, which is made if need be, until what is returned is disposed of.</summary>
    /// <exception cref="InvalidOperationException">Another training has it, of this process or another.</exception>
    public static IDisposable Take(string folder)
    {
        Directory.CreateDirectory(folder);
        return FileLock.TryTake(Path.Combine(folder, FileName)) ?? throw new InvalidOperationException(
            $"Another training works in the checkpoint folder '{folder}' (it holds '{FileName}' open). Give each training a folder of its own, or wait for the other's end.");
    }
}
