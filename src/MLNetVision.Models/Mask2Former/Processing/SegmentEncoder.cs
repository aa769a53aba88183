using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures.Resizing;
using MLNetVision.Imaging.Pictures.Resizing.Filters;

namespace MLNetVision.Models.Mask2Former.Processing;

/// <summary>Makes the targets of a picture from its truth: nearest resize, then one mask a segment.</summary>
internal sealed class SegmentEncoder(Mask2FormerImageProcessorConfig config)
{
    /// <summary>Marks pixels without a segment whatever the settings say, as most data sets do.</summary>
    private const int UsualVoid = 255;

    /// <param name="truth">The truth, in the picture's own pixels.</param>
    /// <param name="image">The picture's number, for messages.</param>
    /// <param name="width">The columns after resizing.</param>
    /// <param name="height">The rows after resizing.</param>
    public EncodedSegments Encode(SegmentationTruth truth, int image, int width, int height)
    {
        EncodedSegments segments = truth.Map is { } map ? EncodeMap(truth, map, image, width, height) : EncodeMasks(truth, width, height);
        if (config.NumLabels is { } count)
        {
            foreach (long label in segments.Classes)
            {
                if (label < 0 || label >= count)
                {
                    throw new ArgumentException(
                        $"Picture {image}: class {label} is not among the {count} classes of num_labels, 0 to {count - 1}. " +
                        "Void pixels need ignore_index; maps that count classes from 1 need reduce_labels.", nameof(truth));
                }
            }
        }

        return segments;
    }

    private EncodedSegments EncodeMap(SegmentationTruth truth, ReadOnlyMemory<int> map, int image, int width, int height)
    {
        if (config.ReducesLabels && config.IgnoreIndex is null)
        {
            throw new ArgumentException("reduce_labels turns the id 0 into void and so needs ignore_index, which is not set.", nameof(truth));
        }

        int[] resized = LabelMapResizer.Resize(map.Span, truth.Width, truth.Height, width, height);
        var masks = new List<RunLengthMask>();
        var classes = new List<long>();
        var ignored = new List<RunLengthMask>();
        foreach ((int id, RunLengthMask mask) in LabelMap.ToMasks(resized, height, width))
        {
            if (IsVoid(id, truth.ClassOfInstance))
            {
                ignored.Add(mask);
                continue;
            }

            masks.Add(mask);
            classes.Add(ClassOf(id, truth.ClassOfInstance, image));
        }

        return new EncodedSegments(height, width, masks, classes, ignored.Count == 0 ? null : RunLengthMask.Union([.. ignored]));
    }

    private static EncodedSegments EncodeMasks(SegmentationTruth truth, int width, int height)
    {
        int[] rows = NearestIndices.Get(truth.Height, height), columns = NearestIndices.Get(truth.Width, width);
        bool keeps = truth.Height == height && truth.Width == width;
        RunLengthMask[] masks = [.. truth.Masks.Select(mask => keeps ? mask : RunScaling.Select(mask, rows, columns))];

        // Of a segment that resizing made vanish there is nothing to learn.
        int[] kept = [.. Enumerable.Range(0, masks.Length).Where(i => !masks[i].IsEmpty)];
        return new EncodedSegments(height, width, [.. kept.Select(i => masks[i])], [.. kept.Select(i => (long)truth.Classes[i])], null);
    }

    private bool IsVoid(int id, IReadOnlyDictionary<int, int>? classOfInstance)
    {
        if (!config.ReducesLabels)
        {
            return id == config.IgnoreIndex;
        }

        bool isUsualVoid = id == UsualVoid && (classOfInstance is null || config.IgnoreIndex == UsualVoid);
        return id == 0 || isUsualVoid || id - 1 == config.IgnoreIndex;
    }

    private long ClassOf(int id, IReadOnlyDictionary<int, int>? classOfInstance, int image)
    {
        int label = id;
        if (classOfInstance is not null && !classOfInstance.TryGetValue(id, out label))
        {
            throw new ArgumentException(
                $"Picture {image}: instance id {id} of the map has no class. Expected an entry for it, or ignore_index {id} if its pixels are void.",
                nameof(classOfInstance));
        }

        return config.ReducesLabels ? label - 1 : label;
    }
}
