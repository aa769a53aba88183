namespace MLNetVision.Imaging.Masks;

/// <summary>
/// How much outline the polygons of one picture may have. Work and memory grow with the columns that edges pass, and four
/// corners in a wide enough picture, or a zigzag of many, pass more than any drawing does.
/// </summary>
internal sealed class OutlineBudget
{
    /// <summary>What every picture may spend: 800 edges across 20,000 columns; some 0.2 s and 70 MB.</summary>
    private const long Free = 1 << 24;

    /// <summary>What each corner adds, so that long files may cost more.</summary>
    private const long PerCorner = 16;

    private long _left = Free;

    /// <summary>Counts the corners of a polygon.</summary>
    public void Earn(int corners) => _left += PerCorner * corners;

    /// <summary>Counts the columns that an edge passes, before they are walked through.</summary>
    /// <exception cref="ArgumentException">The picture's polygons pass more than their corners are worth.</exception>
    public void Spend(long columns)
    {
        _left -= columns;
        if (_left < 0)
        {
            throw new ArgumentException(
                $"The edges of the picture's polygons pass more columns than its number of corners is worth (16 a corner and {Free} in all).");
        }
    }
}
