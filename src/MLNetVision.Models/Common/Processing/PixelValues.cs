using MLNetVision.Imaging.Pictures;

namespace MLNetVision.Models.Common.Processing;

/// <summary>A model's input as an image processor makes it, without torch: pixel_values.</summary>
public sealed class PixelValues
{
    /// <summary>The channels: red, green, blue.</summary>
    public const int Channels = RgbImage.Channels;

    /// <summary>Describes pixels.</summary>
    /// <param name="values">(images, 3, height, width); kept, not copied.</param>
    /// <param name="images">The number of pictures, at least 1.</param>
    /// <param name="height">The rows of each, at least 1.</param>
    /// <param name="width">The columns of each, at least 1.</param>
    /// <param name="sizes">The sides of each picture without padding right and bottom; null where there is none.</param>
    /// <exception cref="ArgumentException">The number of values or of sizes does not fit.</exception>
    public PixelValues(float[] values, int images, int height, int width, IReadOnlyList<(int Height, int Width)>? sizes = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(images, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (values.Length != (long)images * Channels * height * width)
        {
            throw new ArgumentException($"Pixels of the shape ({images}, {Channels}, {height}, {width}) are expected; got {values.Length} numbers.", nameof(values));
        }

        if (sizes is not null && sizes.Count != images)
        {
            throw new ArgumentException($"There are {images} pictures, but {sizes.Count} sizes.", nameof(sizes));
        }

        (Values, Images, Height, Width) = (values, images, height, width);
        Sizes = sizes ?? [.. Enumerable.Repeat((height, width), images)];
    }

    /// <summary>(images, 3, height, width), row-major: the memory itself.</summary>
    public float[] Values { get; }

    /// <summary>The number of pictures.</summary>
    public int Images { get; }

    /// <summary>The rows of each.</summary>
    public int Height { get; }

    /// <summary>The columns of each.</summary>
    public int Width { get; }

    /// <summary>The sides of each picture without padding right and bottom.</summary>
    public IReadOnlyList<(int Height, int Width)> Sizes { get; }
}
