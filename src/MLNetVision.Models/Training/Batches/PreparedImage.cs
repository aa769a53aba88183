using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Pipelines;

namespace MLNetVision.Models.Training.Batches;

/// <summary>A picture on its way into a batch, or why there is none.</summary>
/// <param name="Index">The picture in its data.</param>
/// <param name="Class">Its class.</param>
/// <param name="Image">Its pixels; null where it could not be read.</param>
/// <param name="Error">Why it could not be read.</param>
internal sealed record PreparedImage(int Index, int Class, RgbImage? Image, string? Error)
{
    /// <summary>Loads and prepares a picture; one that cannot be read or decoded is reported, other errors are thrown.</summary>
    public static PreparedImage Load(IImageClassificationData data, int index, Func<RgbImage, RgbImage> prepare)
    {
        int @class = data.ClassOf(index);
        try
        {
            return new PreparedImage(index, @class, prepare(data.Load(index)), null);
        }
        catch (Exception e) when (ReadablePictures.IsUnreadable(e))
        {
            return new PreparedImage(index, @class, null, e.Message);
        }
    }
}
