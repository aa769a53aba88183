using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Models.Training.State;

namespace MLNetVision.Models.Training.Batches;

/// <summary>Picture files in a folder for each label; photos are turned upright.</summary>
public sealed class LabelledFolders : IImageClassificationData
{
    private readonly (string Path, int Class)[] _files;

    private LabelledFolders(IReadOnlyList<string> labels, (string Path, int Class)[] files)
    {
        Labels = labels;
        _files = files;
    }

    /// <summary>The labels: the names of the folders. A class is an index into them.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <inheritdoc/>
    public int Count => _files.Length;

    /// <summary>Lists the picture files (JPEG, PNG, WebP, BMP, GIF) of the folders in a folder, in ordinal order of their paths; hidden folders are left out.</summary>
    /// <param name="path">The folder that holds a folder for each label.</param>
    /// <param name="labels">The labels in the order of their classes; by default the folders' names in ordinal order.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A folder is not among the labels, or there is no picture.</exception>
    public static LabelledFolders Open(string path, IReadOnlyList<string>? labels = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string[] folders = [.. LabelFolders.Subfolders(path)];
        List<string> known = [.. labels ?? [.. folders.Select(folder => Path.GetFileName(folder))]];
        var files = new List<(string, int)>();
        foreach (string folder in folders)
        {
            int label = known.IndexOf(Path.GetFileName(folder));
            if (label < 0)
            {
                throw new InvalidDataException($"The folder '{folder}' is none of the labels {string.Join(", ", known)}.");
            }

            files.AddRange(LabelFolders.Pictures(folder).Select(file => (file, label)));
        }

        return files.Count > 0
            ? new LabelledFolders(known, [.. files])
            : throw new InvalidDataException($"'{path}' has no folder with pictures; expected a folder for each label.");
    }

    /// <inheritdoc/>
    public int ClassOf(int index) => _files[index].Class;

    /// <inheritdoc/>
    public string NameOf(int index) => _files[index].Path;

    /// <inheritdoc/>
    public long ContentOf(int index) => PictureContents.OfFile(_files[index].Path);

    /// <inheritdoc/>
    public RgbImage Load(int index) => ImageDecoder.Decode(_files[index].Path, ExifOrientation.Apply);
}
