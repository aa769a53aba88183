using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Kernels;
using MLNetVision.Imaging.Pictures.Resizing;
using MLNetVision.Imaging.Pictures.Resizing.Filters;
using MLNetVision.Imaging.Randomness;

namespace MLNetVision.Models.Training.Segmentation.Scenes;

/// <summary>One draw of the augmentation: where each pixel of the training picture comes from.</summary>
internal sealed class SceneTransform
{
    private readonly SegmentationAugmentation _options;
    private readonly RandomStream _random;
    private readonly bool _flipped;

    public SceneTransform(SegmentationAugmentation options, int width, int height, RandomStream random)
    {
        (_options, _random) = (options, random);
        double fit = Math.Min(options.CropHeight / (double)height, options.CropWidth / (double)width);
        double shorter = Math.Min(options.CropHeight, options.CropWidth) / (double)Math.Min(height, width);
        double scale = random.Uniform(options.MinimumScale, options.MaximumScale) * (options.Reference == ScaleReference.FitInside ? fit : shorter);
        ScaledWidth = Math.Max(1, (int)Math.Round(width * scale));
        ScaledHeight = Math.Max(1, (int)Math.Round(height * scale));
        Left = random.Below(Math.Max(0, ScaledWidth - options.CropWidth) + 1);
        Top = random.Below(Math.Max(0, ScaledHeight - options.CropHeight) + 1);
        Width = Math.Min(options.CropWidth, ScaledWidth);
        Height = Math.Min(options.CropHeight, ScaledHeight);
        _flipped = random.Chance(options.FlipProbability);
        SourceColumns = Sources(width, ScaledWidth, Left, Width);
        SourceRows = Sources(height, ScaledHeight, Top, Height);
        if (_flipped)
        {
            Array.Reverse(SourceColumns);
        }
    }

    /// <summary>The size of the whole picture after resizing.</summary>
    public int ScaledWidth { get; }

    /// <inheritdoc cref="ScaledWidth"/>
    public int ScaledHeight { get; }

    /// <summary>Where the crop begins in it.</summary>
    public int Left { get; }

    /// <inheritdoc cref="Left"/>
    public int Top { get; }

    /// <summary>The crop's size without padding.</summary>
    public int Width { get; }

    /// <inheritdoc cref="Width"/>
    public int Height { get; }

    /// <summary>The original column that each column of a mask is taken from.</summary>
    public int[] SourceColumns { get; }

    /// <summary>The original row that each row of a mask is taken from, ascending.</summary>
    public int[] SourceRows { get; }

    /// <summary>The training picture, not yet padded.</summary>
    public RgbImage Apply(RgbImage image)
    {
        RgbImage cut = ImageResizer.Resize(image, ScaledWidth, ScaledHeight, Resampling.Bilinear, new PixelWindow(Left, Top, Width, Height));
        if (_flipped)
        {
            HorizontalFlip.Apply(cut);
        }

        if (_options.ColorJitter > 0)
        {
            ColorJitter.Apply(cut, _options.ColorJitter, _random);
        }

        return cut;
    }

    private static int[] Sources(int from, int to, int begin, int count) => NearestIndices.Get(from, to, begin, count).ToArray();
}
