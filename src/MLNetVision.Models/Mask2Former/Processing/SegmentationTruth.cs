using MLNetVision.Imaging.Masks;

namespace MLNetVision.Models.Mask2Former.Processing;

/// <summary>What is known of one training picture: a label map, or masks that may overlap.</summary>
public sealed class SegmentationTruth
{
    private SegmentationTruth(int height, int width)
    {
        Height = height;
        Width = width;
    }

    /// <summary>The height, which must be the picture's.</summary>
    public int Height { get; }

    /// <summary>The width, which must be the picture's.</summary>
    public int Width { get; }

    internal ReadOnlyMemory<int>? Map { get; private init; }

    internal IReadOnlyDictionary<int, int>? ClassOfInstance { get; private init; }

    internal IReadOnlyList<RunLengthMask> Masks { get; private init; } = [];

    internal IReadOnlyList<int> Classes { get; private init; } = [];

    /// <summary>A semantic map: each pixel holds its class, and each class that is present becomes one segment.</summary>
    /// <param name="map">Height · width ids of any value, row after row; kept, not copied.</param>
    /// <param name="height">The map's height, at least 1.</param>
    /// <param name="width">The map's width, at least 1.</param>
    /// <exception cref="ArgumentException">The map has not height · width ids.</exception>
    public static SegmentationTruth FromMap(ReadOnlyMemory<int> map, int height, int width) => FromMap(map, height, width, null);

    /// <summary>An instance or panoptic map: each pixel holds the id of a segment.</summary>
    /// <param name="map">Height · width ids of any value, row after row; kept, not copied.</param>
    /// <param name="height">The map's height, at least 1.</param>
    /// <param name="width">The map's width, at least 1.</param>
    /// <param name="classOfInstance">The class of each id (instance_id_to_semantic_id); null for a semantic map.</param>
    /// <exception cref="ArgumentException">The map has not height · width ids.</exception>
    public static SegmentationTruth FromMap(ReadOnlyMemory<int> map, int height, int width, IReadOnlyDictionary<int, int>? classOfInstance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        return map.Length == (long)height * width
            ? new SegmentationTruth(height, width) { Map = map, ClassOfInstance = classOfInstance }
            : throw new ArgumentException($"A map of height {height} and width {width} has {(long)height * width} ids; {map.Length} came.", nameof(map));
    }

    /// <summary>
    /// Masks with their classes, which may overlap, as COCO's polygons and run lengths do (see <see cref="RunLengthMask"/>
    /// and <see cref="CocoSegmentation"/>). The classes are the model's: reduce_labels and ignore_index concern maps only.
    /// </summary>
    /// <param name="masks">The masks, of one size; none is fine.</param>
    /// <param name="classes">The class of each mask.</param>
    /// <param name="height">The picture's height, at least 1.</param>
    /// <param name="width">The picture's width, at least 1.</param>
    /// <exception cref="ArgumentException">The counts differ, or a mask has another size; the message gives its index.</exception>
    public static SegmentationTruth FromMasks(IReadOnlyList<RunLengthMask> masks, IReadOnlyList<int> classes, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(masks);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (masks.Count != classes.Count)
        {
            throw new ArgumentException($"Each mask needs a class: {masks.Count} masks, {classes.Count} classes.", nameof(classes));
        }

        for (int i = 0; i < masks.Count; i++)
        {
            if (masks[i].Height != height || masks[i].Width != width)
            {
                throw new ArgumentException(
                    $"Mask {i} is {masks[i].Height} x {masks[i].Width}, where the picture is {height} x {width} (height x width).", nameof(masks));
            }
        }

        return new SegmentationTruth(height, width) { Masks = masks, Classes = classes };
    }
}
