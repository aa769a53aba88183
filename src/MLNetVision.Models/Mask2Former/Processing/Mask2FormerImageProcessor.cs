using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Resizing;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Common.Processing.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.Processing;

/// <summary>Makes a Mask2Former's input from pictures, and its targets from label maps or masks.</summary>
/// <remarks>
/// The numbers are those of transformers' Mask2FormerImageProcessor on Pillow 12. Differences, where transformers 4.37
/// fails or is wrong: label maps work without ignore_index; masks are padded with 0 and not with ignore_index; maps of
/// void pixels only give no segment; ids may have any value; reduce_labels keeps 255 void; masks may overlap; a class
/// or an id that does not fit is named. An instance may be used from several threads at once.
/// </remarks>
public sealed class Mask2FormerImageProcessor
{
    private readonly PlanarBatch _batch;
    private readonly SegmentEncoder _encoder;

    /// <summary>Makes a processor.</summary>
    /// <param name="config">The settings; transformers' defaults if null.</param>
    /// <exception cref="InvalidDataException">The settings contradict each other.</exception>
    public Mask2FormerImageProcessor(Mask2FormerImageProcessorConfig? config = null)
    {
        Config = config ?? new Mask2FormerImageProcessorConfig();
        Config.Validate();
        _batch = new PlanarBatch(ChannelLookup.Create(Config), Config.Resample, padding: 0);
        _encoder = new SegmentEncoder(Config);
    }

    /// <summary>The settings.</summary>
    public Mask2FormerImageProcessorConfig Config { get; }

    /// <summary>How sides become multiples of the size divisor; stretched by default, as in transformers.</summary>
    public SizeDivisorRule DivisorRule { get; init; } = SizeDivisorRule.Stretch;

    /// <summary>Whether a camera's orientation is applied to files; by default it is not, as in transformers.</summary>
    public ExifOrientation Orientation { get; init; } = ExifOrientation.Ignore;

    /// <summary>The largest number of pictures that are worked on at once; −1, the default, for one a processor.</summary>
    public int MaxDegreeOfParallelism { get; init; } = -1;

    /// <summary>Reads the settings of a checkpoint folder or a preprocessor_config.json.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not such a config.</exception>
    public static Mask2FormerImageProcessor FromPretrained(string path) => new(Mask2FormerImageProcessorConfig.FromFile(path));

    /// <summary>Makes the input of one picture.</summary>
    /// <param name="image">A picture, a file or a file's bytes.</param>
    /// <param name="truth">What is known of it; null for scoring.</param>
    /// <exception cref="ArgumentException">The truth does not fit the picture or the settings.</exception>
    /// <exception cref="InvalidDataException">The picture cannot be decoded.</exception>
    public Mask2FormerInputs Process(ImageSource image, SegmentationTruth? truth = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Process([image], truth is null ? null : [truth]);
    }

    /// <summary>Makes the input of a batch.</summary>
    /// <param name="images">Pictures, files or files' bytes, at least one; of any sizes.</param>
    /// <param name="truths">What is known of each; null for scoring.</param>
    /// <exception cref="ArgumentException">There is no picture, or the truths do not fit the pictures or the settings; the message gives the picture's number.</exception>
    /// <exception cref="InvalidDataException">A picture cannot be decoded.</exception>
    public Mask2FormerInputs Process(IReadOnlyList<ImageSource> images, IReadOnlyList<SegmentationTruth>? truths = null)
    {
        (int Height, int Width)[] sizes = Sizes(images, truths);
        EncodedSegments[]? segments = truths is null ? null : new EncodedSegments[images.Count];
        if (segments is not null)
        {
            PlanarBatch.ForEach(
                segments.Length, MaxDegreeOfParallelism, i => segments[i] = _encoder.Encode(truths![i], i, sizes[i].Width, sizes[i].Height));
        }

        (int batchHeight, int batchWidth) = BatchSize(sizes);
        Tensor values = _batch.RunTensor(
            images, (i, _, _) => PlanarPlacement.Whole(sizes[i].Width, sizes[i].Height), batchHeight, batchWidth, Orientation, MaxDegreeOfParallelism);
        return new Mask2FormerInputs(values, PixelMask(sizes, batchHeight, batchWidth), sizes, segments);
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
    /// <param name="images">Pictures, files or files' bytes, at least one; of any sizes.</param>
    /// <returns>
    /// The pixels of <see cref="Process(IReadOnlyList{ImageSource}, IReadOnlyList{SegmentationTruth})"/>, bytes as the same numbers where
    /// neither rescaling nor normalising is on, and the sides of each picture without its padding.
    /// </returns>
    /// <exception cref="ArgumentException">There is no picture.</exception>
    /// <exception cref="InvalidDataException">A picture cannot be decoded.</exception>
    public PixelValues ProcessPixels(IReadOnlyList<ImageSource> images)
    {
        (int Height, int Width)[] sizes = Sizes(images, truths: null);
        (int height, int width) = BatchSize(sizes);
        float[] values = _batch.Run(
            images, (i, _, _) => PlanarPlacement.Whole(sizes[i].Width, sizes[i].Height), height, width, Orientation, MaxDegreeOfParallelism);
        return new PixelValues(values, images.Count, height, width, sizes);
    }

    /// <summary>The sides of a picture after resizing, without padding.</summary>
    /// <param name="width">The picture's width, at least 1.</param>
    /// <param name="height">The picture's height, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    public (int Width, int Height) ResizedSize(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (!Config.DoResize)
        {
            return (width, height);
        }

        (int resizedWidth, int resizedHeight) = Config.Size.IsFixed
            ? (Config.Size.Width!.Value, Config.Size.Height!.Value)
            : KeepRatio(width, height, Config.Size.ShortestEdge!.Value, Config.Size.LongestEdge!.Value);
        return DivisorRule == SizeDivisorRule.Stretch ? (RoundUp(resizedWidth), RoundUp(resizedHeight)) : (resizedWidth, resizedHeight);
    }

    /// <summary>The sides of the pictures after resizing, without padding.</summary>
    private (int Height, int Width)[] Sizes(IReadOnlyList<ImageSource> images, IReadOnlyList<SegmentationTruth>? truths)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0)
        {
            throw new ArgumentException("There is no picture; expected at least one.", nameof(images));
        }

        if (truths is not null && truths.Count != images.Count)
        {
            throw new ArgumentException($"There are {images.Count} pictures, but {truths.Count} truths.", nameof(truths));
        }

        var sizes = new (int Height, int Width)[images.Count];
        for (int i = 0; i < sizes.Length; i++)
        {
            (int fromWidth, int fromHeight) = images[i].ReadSize(Orientation);
            if (truths is not null && (truths[i].Width, truths[i].Height) != (fromWidth, fromHeight))
            {
                throw new ArgumentException(
                    $"Picture {i} is {fromHeight} x {fromWidth}, but its truth is {truths[i].Height} x {truths[i].Width} (height x width).", nameof(truths));
            }

            (int width, int height) = ResizedSize(fromWidth, fromHeight);
            sizes[i] = (height, width);
        }

        return sizes;
    }

    private (int Height, int Width) BatchSize((int Height, int Width)[] sizes) => (Padded(sizes.Max(size => size.Height)), Padded(sizes.Max(size => size.Width)));

    private static (int Width, int Height) KeepRatio(int width, int height, int shortest, int longest)
    {
        long longSide = (long)((double)((long)shortest * Math.Max(width, height)) / Math.Min(width, height));
        long shortSide = shortest;
        if (longSide > longest)
        {
            // By the truncated long side, as the reference has it.
            shortSide = Math.Max(1, (long)((double)((long)longest * shortest) / longSide));
            longSide = longest;
        }

        return width <= height ? ((int)shortSide, (int)longSide) : ((int)longSide, (int)shortSide);
    }

    private int Padded(int length) => Config.DoResize && DivisorRule == SizeDivisorRule.Pad ? RoundUp(length) : length;

    private int RoundUp(int length) =>
        Config.SizeDivisor == 0 ? length : checked((length + Config.SizeDivisor - 1) / Config.SizeDivisor * Config.SizeDivisor);

    private static Tensor PixelMask((int Height, int Width)[] sizes, int height, int width)
    {
        if (sizes.All(size => size == (height, width)))
        {
            return ones([sizes.Length, height, width], ScalarType.Int64);
        }

        using var scope = NewDisposeScope();
        Tensor mask = zeros([sizes.Length, height, width], ScalarType.Int64);
        for (int i = 0; i < sizes.Length; i++)
        {
            mask[i].narrow(0, 0, sizes[i].Height).narrow(1, 0, sizes[i].Width).Fill(1);
        }

        return mask.MoveToOuterDisposeScope();
    }
}
