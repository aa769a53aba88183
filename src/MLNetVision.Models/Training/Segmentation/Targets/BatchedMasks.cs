using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Targets;

/// <summary>All masks of a batch in one tensor of bytes, so that those of all images are read at once, on any device.</summary>
internal sealed class BatchedMasks
{
    private readonly SegmentationTargets _targets;
    private readonly long[] _first;
    private readonly long[] _ignored;
    private readonly long _nothing; // the last byte's place

    /// <summary>Joins the masks; what is made belongs to the dispose scope of the caller.</summary>
    public BatchedMasks(SegmentationTargets targets, Device device)
    {
        _targets = targets;
        _first = new long[targets.Images.Count];
        _ignored = new long[targets.Images.Count];
        using var scope = NewDisposeScope();
        var pieces = new List<Tensor>();
        long bytes = 0;
        for (int image = 0; image < targets.Images.Count; image++)
        {
            _first[image] = bytes;
            Append(targets.Images[image].Masks.Bits);
            _ignored[image] = bytes;
            if (targets.Images[image].Ignored is { } ignored)
            {
                Append(ignored.Bits);
            }
        }

        _nothing = bytes;
        pieces.Add(zeros(1, ScalarType.Byte, device)); // a mask of one pixel without anything
        Bits = cat(pieces).MoveToOuterDisposeScope();

        void Append(Tensor bits)
        {
            pieces.Add(bits.flatten());
            bytes += bits.numel();
        }
    }

    /// <summary>(bytes) uint8.</summary>
    public Tensor Bits { get; }

    /// <summary>Whether any image has ignored pixels.</summary>
    public bool HasIgnored => _targets.Images.Any(image => image.Ignored is not null);

    /// <summary>Bilinear interpolation at points.</summary>
    /// <param name="points">(…, 2).</param>
    /// <param name="places">Which masks.</param>
    /// <returns>(…) float32 in [0, 1].</returns>
    public Tensor Sample(Tensor points, MaskPlaces places) => places.Sample(Bits, points, _targets.Canvas);

    /// <summary>1 at points whose interpolation touches no pixel of a mask, 0 at the others.</summary>
    /// <inheritdoc cref="Sample" path="/param"/>
    /// <returns>(…) float32.</returns>
    public Tensor SampleOutside(Tensor points, MaskPlaces places)
    {
        using Tensor touched = Sample(points, places);
        using Tensor outside = touched.IsZero();
        return outside.to(float32);
    }

    /// <summary>Where a mask is.</summary>
    public MaskNumbers Place(int image, int mask)
    {
        PackedMasks masks = _targets.Images[image].Masks;
        return new MaskNumbers(_first[image] + mask * masks.Height * masks.RowBytes, masks.RowBytes, masks.Height, masks.Width);
    }

    /// <summary>Where an image's ignored pixels are; a mask of nothing if it has none.</summary>
    public MaskNumbers PlaceIgnored(int image) => _targets.Images[image].Ignored is { } ignored
        ? new MaskNumbers(_ignored[image], ignored.RowBytes, ignored.Height, ignored.Width)
        : Nothing;

    /// <summary>A mask of nothing.</summary>
    public MaskNumbers Nothing => new(_nothing, 1, 1, 1);
}

/// <summary>The numbers of <see cref="MaskPlaces"/> for one mask, on the host.</summary>
internal readonly record struct MaskNumbers(long Offset, long RowBytes, long Height, long Width);
