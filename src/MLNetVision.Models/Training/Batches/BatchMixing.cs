using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Batches;

/// <summary>
/// Mixing of a batch with itself in reverse order: mixup (Zhang et al. 2018) blends the pictures, CutMix (Yun et al. 2019)
/// puts a rectangle of one into the other; the targets are shared accordingly.
/// </summary>
/// <param name="Share">A picture's own share, 0 to 1; the rest is its partner's.</param>
/// <param name="Box">CutMix's rectangle; null blends.</param>
internal readonly record struct BatchMixing(double Share, PixelArea? Box)
{
    /// <summary>No mixing.</summary>
    public static BatchMixing None { get; } = new(1, null);

    /// <summary>Draws a batch's mixing; with both kinds on, each has a probability of 0.5.</summary>
    public static BatchMixing Draw(double mixup, double cutMix, int width, int height, RandomStream random)
    {
        bool cut = cutMix > 0 && (mixup <= 0 || random.Chance(0.5));
        double alpha = cut ? cutMix : mixup;
        if (alpha <= 0)
        {
            return None;
        }

        double share = random.Beta(alpha);
        return cut ? Cut(share, width, height, random) : new BatchMixing(share, null);
    }

    /// <summary>Mixed pictures: floating (batch, channels, height, width), as those that are given.</summary>
    public Tensor Mix(Tensor pixels)
    {
        if (Share >= 1)
        {
            return pixels.alias();
        }

        using var scope = NewDisposeScope();
        Tensor partners = pixels.flip(0);
        if (Box is not { } box)
        {
            return pixels.Times(Share).Add(partners, 1 - Share).MoveToOuterDisposeScope();
        }

        Tensor mixed = pixels.clone();
        mixed.narrow(2, box.Y, box.Height).narrow(3, box.X, box.Width).copy_(partners.narrow(2, box.Y, box.Height).narrow(3, box.X, box.Width));
        return mixed.MoveToOuterDisposeScope();
    }

    /// <summary>Shared targets: floating (batch, classes), as those that are given.</summary>
    public Tensor MixTargets(Tensor targets)
    {
        if (Share >= 1)
        {
            return targets.alias();
        }

        using var scope = NewDisposeScope();
        return targets.Times(Share).Add(targets.flip(0), 1 - Share).MoveToOuterDisposeScope();
    }

    /// <summary>A box around a random centre with the partner's share of the area; cut off at the edges, which changes the share.</summary>
    private static BatchMixing Cut(double share, int width, int height, RandomStream random)
    {
        double side = Math.Sqrt(1 - share);
        (int left, int right) = Interval(width, (int)(width * side), random);
        (int top, int bottom) = Interval(height, (int)(height * side), random);
        double area = (double)(right - left) * (bottom - top) / ((double)width * height);
        return area == 0 ? None : new BatchMixing(1 - area, new PixelArea(left, top, right - left, bottom - top));
    }

    private static (int From, int To) Interval(int size, int length, RandomStream random)
    {
        int centre = random.Below(size);
        return (Math.Max(0, centre - length / 2), Math.Min(size, centre + (length + 1) / 2));
    }
}
