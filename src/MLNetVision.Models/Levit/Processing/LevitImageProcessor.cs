using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Limits;
using MLNetVision.Imaging.Pictures.Resizing;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Common.Processing.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Processing;

/// <summary>Makes a LeViT's input from pictures: resize, centre crop, rescale, normalise, channels first.</summary>
/// <remarks>
/// The numbers are those of transformers' LevitImageProcessor on Pillow 12, to the last bit of the resized bytes.
/// Differences: grey, palette and transparent pictures are converted to RGB, where transformers fails; a crop that
/// exceeds the picture by an odd number has the crop's size, where transformers 4.37 returns one row or column less.
/// An instance may be used from several threads at once.
/// </remarks>
public sealed class LevitImageProcessor
{
    private readonly PlanarBatch _batch;

    /// <summary>Makes a processor.</summary>
    /// <param name="config">The settings; those of LeViT's checkpoints by default.</param>
    /// <exception cref="InvalidDataException">The settings contradict each other.</exception>
    public LevitImageProcessor(LevitImageProcessorConfig? config = null)
    {
        Config = config ?? new LevitImageProcessorConfig();
        Config.Validate();
        _batch = new PlanarBatch(ChannelLookup.Create(Config), Config.Resample, padding: null);
    }

    /// <summary>The settings.</summary>
    public LevitImageProcessorConfig Config { get; }

    /// <summary>Whether a camera's orientation is applied to files; by default it is not, as in transformers.</summary>
    public ExifOrientation Orientation { get; init; } = ExifOrientation.Ignore;

    /// <summary>The largest number of pictures that are worked on at once; −1, the default, for one a processor.</summary>
    public int MaxDegreeOfParallelism { get; init; } = -1;

    /// <summary>Reads the settings of a checkpoint folder or a preprocessor_config.json.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not such a config.</exception>
    public static LevitImageProcessor FromPretrained(string path) => new(LevitImageProcessorConfig.FromFile(path));

    /// <summary>Makes the input of one picture.</summary>
    /// <param name="image">A picture, a file or a file's bytes.</param>
    /// <returns>(1, 3, H, W), float32; uint8 when neither rescaling nor normalising is on. The caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The picture cannot be decoded.</exception>
    public Tensor Process(ImageSource image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Process([image]);
    }

    /// <summary>Makes the input of a batch.</summary>
    /// <param name="images">Pictures, files or files' bytes, at least one.</param>
    /// <returns>(N, 3, H, W), float32; uint8 when neither rescaling nor normalising is on. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">There is no picture, or their sizes differ after resizing and no crop makes them equal.</exception>
    /// <exception cref="InvalidDataException">A picture cannot be decoded.</exception>
    public Tensor Process(IReadOnlyList<ImageSource> images)
    {
        CheckCount(images);
        (int width, int height) = CommonSize(images);
        return _batch.RunTensor(images, (_, fromWidth, fromHeight) => Place(fromWidth, fromHeight), height, width, Orientation, MaxDegreeOfParallelism);
    }

    /// <summary>Makes the input of one picture, without torch.</summary>
    /// <param name="image">A picture, a file or a file's bytes.</param>
    /// <exception cref="InvalidDataException">The picture cannot be decoded.</exception>
    public PixelValues ProcessPixels(ImageSource image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return ProcessPixels([image]);
    }

    /// <summary>Makes the input of a batch, without torch.</summary>
    /// <param name="images">Pictures, files or files' bytes, at least one.</param>
    /// <returns>The values of <see cref="Process(IReadOnlyList{ImageSource})"/>; bytes as the same numbers where neither rescaling nor normalising is on.</returns>
    /// <exception cref="ArgumentException">There is no picture, or their sizes differ after resizing and no crop makes them equal.</exception>
    /// <exception cref="InvalidDataException">A picture cannot be decoded.</exception>
    public PixelValues ProcessPixels(IReadOnlyList<ImageSource> images)
    {
        CheckCount(images);
        (int width, int height) = CommonSize(images);
        float[] values = _batch.Run(images, (_, fromWidth, fromHeight) => Place(fromWidth, fromHeight), height, width, Orientation, MaxDegreeOfParallelism);
        return new PixelValues(values, images.Count, height, width);
    }

    /// <summary>The sides of a picture after resizing, before the crop.</summary>
    /// <param name="width">The picture's width, at least 1.</param>
    /// <param name="height">The picture's height, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    /// <exception cref="InvalidDataException">The longer side would have 2^31 pixels or more.</exception>
    public (int Width, int Height) ResizedSize(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (!Config.DoResize)
        {
            return (width, height);
        }

        if (Config.Size.IsFixed)
        {
            return (Config.Size.Width!.Value, Config.Size.Height!.Value);
        }

        int shortSide = (int)(256.0 / 224.0 * Config.Size.ShortestEdge!.Value);
        long longSide = (long)((double)((long)shortSide * Math.Max(width, height)) / Math.Min(width, height));
        if (longSide > int.MaxValue)
        {
            throw new InvalidDataException($"A picture of {width}×{height} would be {longSide} pixels long after resizing to a shorter side of {shortSide}.");
        }

        return width <= height ? (shortSide, (int)longSide) : ((int)longSide, shortSide);
    }

    private static void CheckCount(IReadOnlyList<ImageSource> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0)
        {
            throw new ArgumentException("There is no picture; expected at least one.", nameof(images));
        }
    }

    private PlanarPlacement Place(int fromWidth, int fromHeight)
    {
        (int width, int height) = ResizedSize(fromWidth, fromHeight);
        return Config.DoCenterCrop
            ? PlanarPlacement.Centred(width, height, Config.CropSize.Width!.Value, Config.CropSize.Height!.Value)
            : PlanarPlacement.Whole(width, height);
    }

    private (int Width, int Height) CommonSize(IReadOnlyList<ImageSource> images)
    {
        if (Config.DoCenterCrop)
        {
            return (Config.CropSize.Width!.Value, Config.CropSize.Height!.Value);
        }

        if (Config.DoResize && Config.Size.IsFixed)
        {
            return (Config.Size.Width!.Value, Config.Size.Height!.Value);
        }

        (int Width, int Height) common = default;
        for (int i = 0; i < images.Count; i++)
        {
            (int fromWidth, int fromHeight) = images[i].ReadSize(Orientation);
            (int Width, int Height) size = ResizedSize(fromWidth, fromHeight);
            PictureLimits.Check($"Picture {i} after resizing", size.Width, size.Height);
            if (i > 0 && size != common)
            {
                throw new ArgumentException(
                    $"Picture 0 is {common.Width}×{common.Height} after resizing, picture {i} is {size.Width}×{size.Height}; one tensor holds " +
                    "pictures of one size. Turn on do_center_crop, set a size of height and width, or process them one by one.", nameof(images));
            }

            common = size;
        }

        return common;
    }
}
