namespace MLNetVision.Models.Swin.Windows;

/// <summary>The relative positions of a window's patches (Swin, section 3.2): each has a learned bias per head.</summary>
internal static class RelativePositions
{
    /// <summary>For each pair of patches, query by query, the row of the bias table: (dy + w - 1) · (2w - 1) + (dx + w - 1).</summary>
    public static long[] Index(int window)
    {
        int patches = window * window;
        var index = new long[patches * patches];
        for (int query = 0; query < patches; query++)
        {
            for (int key = 0; key < patches; key++)
            {
                int dy = query / window - key / window + window - 1;
                int dx = query % window - key % window + window - 1;
                index[query * patches + key] = dy * (2 * window - 1) + dx;
            }
        }

        return index;
    }
}
