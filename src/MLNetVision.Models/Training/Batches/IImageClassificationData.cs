using MLNetVision.Imaging.Pictures;

namespace MLNetVision.Models.Training.Batches;

/// <summary>Pictures with one class each, decoded one at a time when they are needed.</summary>
/// <remarks>
/// Every member is called from several threads at once. For one index the answers must never change: the same seed gives
/// the same weights only with the same data.
/// </remarks>
public interface IImageClassificationData
{
    /// <summary>The class of a validation picture whose class the model does not have: whatever the model says of it is wrong.</summary>
    const int UnknownClass = -1;

    /// <summary>The number of pictures.</summary>
    int Count { get; }

    /// <summary>The class of a picture, from 0 to the number of classes less one; of a validation picture it may be <see cref="UnknownClass"/>.</summary>
    /// <param name="index">The picture, from 0 to <see cref="Count"/> less one.</param>
    int ClassOf(int index);

    /// <summary>What a report calls the picture: its path, or its row.</summary>
    /// <param name="index">The picture, from 0 to <see cref="Count"/> less one.</param>
    string NameOf(int index);

    /// <summary>A number that is another when the picture's bytes are, as far as that can be told without reading all of them; 0, which is the default, where it cannot be told.</summary>
    /// <remarks>A training that goes on is refused where these are others than they were.</remarks>
    /// <param name="index">The picture, from 0 to <see cref="Count"/> less one.</param>
    long ContentOf(int index) => 0;

    /// <summary>Reads and decodes a picture of any size; the caller may overwrite its pixels.</summary>
    /// <param name="index">The picture, from 0 to <see cref="Count"/> less one.</param>
    /// <exception cref="InvalidDataException">The picture cannot be decoded. Training leaves it out and reports it.</exception>
    /// <exception cref="IOException">The picture cannot be read. Training leaves it out and reports it.</exception>
    RgbImage Load(int index);
}
