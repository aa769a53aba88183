namespace MLNetVision.Models.Mask2Former.PostProcessing.Kernels;

/// <summary>A piece of a resized axis, and the piece of the old axis that it is made of.</summary>
/// <param name="Start">The first new element.</param>
/// <param name="Count">The number of new elements.</param>
/// <param name="From">The first old element.</param>
/// <param name="FromCount">The number of old elements.</param>
internal readonly record struct AxisSpan(int Start, int Count, int From, int FromCount)
{
    /// <summary>Cuts an axis into as few pieces as the limit allows.</summary>
    /// <param name="map">The change of length by interpolation between two neighbours; null for none.</param>
    /// <param name="length">The new length.</param>
    /// <param name="most">The most old elements of a piece.</param>
    /// <param name="step">Pieces begin at multiples of this number; two such steps may not need more than the limit.</param>
    public static List<AxisSpan> Split(AxisMap? map, int length, int most, int step)
    {
        var spans = new List<AxisSpan>();
        for (int start = 0; start < length;)
        {
            int from = map?.Indices[start] ?? start, end = Math.Min(start + step, length);
            while (end < length && Last(Math.Min(end + step, length) - 1) - from < most)
            {
                end = Math.Min(end + step, length);
            }

            spans.Add(new AxisSpan(start, end - start, from, Last(end - 1) - from + 1));
            start = end;
        }

        return spans;

        int Last(int element) => map is null ? element : map.Indices[map.Weights[length + element] == 0 ? element : length + element];
    }
}
