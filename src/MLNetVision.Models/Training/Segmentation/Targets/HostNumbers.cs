using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Targets;

/// <summary>Integers that the host has computed, collected and brought to a device in one copy.</summary>
internal sealed class HostNumbers
{
    private readonly List<long> _numbers = [];
    private Tensor? _copy;

    /// <summary>Adds numbers; the first index and the count name them after the copy.</summary>
    public (int First, int Count) Add(IEnumerable<long> numbers)
    {
        int first = _numbers.Count;
        _numbers.AddRange(numbers);
        return (first, _numbers.Count - first);
    }

    /// <summary>Adds where masks are.</summary>
    public (int First, int Count) Add(IReadOnlyCollection<MaskNumbers> masks)
    {
        (int first, _) = Add(masks.Select(mask => mask.Offset));
        Add(masks.Select(mask => mask.RowBytes));
        Add(masks.Select(mask => mask.Height));
        Add(masks.Select(mask => mask.Width));
        return (first, masks.Count);
    }

    /// <summary>Copies what was added; the copy belongs to the dispose scope of the caller. The host does not wait for the device.</summary>
    public void CopyTo(Device device)
    {
        _copy = DeviceUpload.To(tensor(_numbers.ToArray(), [_numbers.Count]), device);
    }

    /// <summary>Numbers on the device.</summary>
    public Tensor Get((int First, int Count) part, params long[] shape) => _copy!.narrow(0, part.First, part.Count).view(shape);

    /// <summary>Places of masks on the device, each number's tensor of the same shape.</summary>
    public MaskPlaces Places((int First, int Count) part, params long[] shape) => new(
        Get(part, shape), Get((part.First + part.Count, part.Count), shape), Get((part.First + 2 * part.Count, part.Count), shape), Get((part.First + 3 * part.Count, part.Count), shape));
}
