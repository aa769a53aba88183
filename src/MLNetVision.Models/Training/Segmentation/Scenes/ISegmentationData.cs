namespace MLNetVision.Models.Training.Segmentation.Scenes;

/// <summary>Pictures with their segments, read one at a time when they are needed.</summary>
/// <remarks>
/// Every member is called from several threads at once. For one index the answers must never change: the same seed gives
/// the same weights only with the same data.
/// </remarks>
public interface ISegmentationData
{
    /// <summary>The number of pictures.</summary>
    int Count { get; }

    /// <summary>The classes of a picture's segments, in any order, known without decoding the picture.</summary>
    /// <param name="index">The picture, from 0 to <see cref="Count"/> less one.</param>
    IReadOnlyCollection<int> ClassesOf(int index);

    /// <summary>What a report calls the picture: its path, or its row.</summary>
    /// <param name="index">The picture, from 0 to <see cref="Count"/> less one.</param>
    string NameOf(int index);

    /// <summary>A number that is another when the picture's bytes or its masks are, as far as that can be told without reading all of them; 0, which is the default, where it cannot be told.</summary>
    /// <remarks>A training that goes on is refused where these are others than they were.</remarks>
    /// <param name="index">The picture, from 0 to <see cref="Count"/> less one.</param>
    long ContentOf(int index) => 0;

    /// <summary>Reads and decodes a picture of any size with its masks; the caller may overwrite its pixels.</summary>
    /// <param name="index">The picture, from 0 to <see cref="Count"/> less one.</param>
    /// <exception cref="InvalidDataException">Picture or masks are broken. Training leaves the picture out and reports it.</exception>
    /// <exception cref="IOException">The picture cannot be read. Training leaves it out and reports it.</exception>
    SegmentationSample Load(int index);
}
