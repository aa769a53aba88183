namespace MLNetVision.Imaging.Pictures.Limits;

/// <summary>
/// How large a picture may be. A few bytes of a file can claim billions of pixels, so decoders look at the size in the
/// header before they take memory for it.
/// </summary>
public static class PictureLimits
{
    /// <summary>The most pixels by default: 178,956,970 (2 · 89,478,485), beyond which Pillow refuses a picture too.</summary>
    public const long DefaultMaximumPixels = 178_956_970;

    private static long _maximumPixels = DefaultMaximumPixels;

    /// <summary>
    /// The most pixels (height · width) that a picture may have, of every decoder and of the sizes that annotations state; at
    /// least 1, by default <see cref="DefaultMaximumPixels"/>. It counts for the whole process, since a guard that one path
    /// forgets guards nothing; set it once, at the start, where larger pictures are trusted.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static long MaximumPixels
    {
        get => Volatile.Read(ref _maximumPixels);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            Volatile.Write(ref _maximumPixels, value);
        }
    }

    /// <summary>Refuses a size.</summary>
    /// <param name="subject">What has the size, for the message.</param>
    /// <param name="width">In pixels, as a file states it.</param>
    /// <param name="height">In pixels, as a file states it.</param>
    /// <exception cref="InvalidDataException">It has more pixels than <see cref="MaximumPixels"/>.</exception>
    internal static void Check(string subject, long width, long height)
    {
        long most = MaximumPixels;
        if ((Int128)width * height > most)
        {
            throw new InvalidDataException(
                $"{subject} is {width}×{height} (width×height), more than {most} pixels, the most that a picture may have; {nameof(PictureLimits)}.{nameof(MaximumPixels)} sets another limit.");
        }
    }
}
