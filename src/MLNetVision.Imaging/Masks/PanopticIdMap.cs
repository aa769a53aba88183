namespace MLNetVision.Imaging.Masks;

/// <summary>
/// COCO's panoptic pictures: the colour of a pixel is the id of its segment, R + 256·G + 65536·B, and 0 is void.
/// </summary>
public static class PanopticIdMap
{
    /// <summary>The id of pixels that belong to no segment.</summary>
    public const int Void = 0;

    /// <summary>Reads ids from RGB pixels.</summary>
    /// <param name="rgb">Three bytes a pixel: R, G, B.</param>
    /// <exception cref="ArgumentException">The count of bytes is no multiple of 3.</exception>
    public static int[] FromRgb(ReadOnlySpan<byte> rgb)
    {
        if (rgb.Length % 3 != 0)
        {
            throw new ArgumentException($"RGB pixels have three bytes each; {rgb.Length} bytes came.", nameof(rgb));
        }

        int[] ids = new int[rgb.Length / 3];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = rgb[3 * i] | (rgb[3 * i + 1] << 8) | (rgb[3 * i + 2] << 16);
        }

        return ids;
    }

    /// <summary>Writes ids as RGB pixels.</summary>
    /// <exception cref="ArgumentException">An id is not in 0 to 2²⁴ − 1.</exception>
    public static byte[] ToRgb(ReadOnlySpan<int> ids)
    {
        int wrong = ids.IndexOfAnyExceptInRange(0, 0xffffff);
        if (wrong >= 0)
        {
            throw new ArgumentException($"Panoptic ids are 0 to {0xffffff}; the one at index {wrong} is {ids[wrong]}.", nameof(ids));
        }

        byte[] rgb = new byte[3 * ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = ((byte)ids[i], (byte)(ids[i] >> 8), (byte)(ids[i] >> 16));
        }

        return rgb;
    }

    /// <summary>The mask of each listed segment. The list and the picture must have the same ids.</summary>
    /// <param name="ids">height · width ids, row after row.</param>
    /// <param name="height">The image's height.</param>
    /// <param name="width">The image's width.</param>
    /// <param name="segmentIds">The ids of the image's <c>segments_info</c>.</param>
    /// <param name="source">Names the image in errors.</param>
    /// <returns>One mask for each listed id, in the order of the list.</returns>
    /// <exception cref="InvalidDataException">The picture has an id that the list lacks, the list one that the picture lacks, or an id is listed twice.</exception>
    public static IReadOnlyList<RunLengthMask> ToMasks(ReadOnlySpan<int> ids, int height, int width, IReadOnlyList<int> segmentIds, string source)
    {
        ArgumentNullException.ThrowIfNull(segmentIds);
        IReadOnlyDictionary<int, RunLengthMask> masks = LabelMap.ToMasks(ids, height, width, ignored: Void);
        var listed = new HashSet<int>();
        foreach (int id in segmentIds)
        {
            if (!listed.Add(id))
            {
                throw new InvalidDataException($"{source}: segment {id} is listed twice.");
            }

            if (!masks.ContainsKey(id))
            {
                throw new InvalidDataException($"{source}: segment {id} is listed in the JSON, but no pixel of the picture has this id.");
            }
        }

        foreach (int id in masks.Keys)
        {
            if (!listed.Contains(id))
            {
                throw new InvalidDataException($"{source}: pixels of the picture have id {id}, which the JSON does not list.");
            }
        }

        return [.. segmentIds.Select(id => masks[id])];
    }
}
