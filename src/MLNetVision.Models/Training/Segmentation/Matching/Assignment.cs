namespace MLNetVision.Models.Training.Segmentation.Matching;

/// <summary>The pairs of an optimal assignment: <c>Rows[i]</c> goes with <c>Columns[i]</c>.</summary>
/// <param name="Rows">The assigned rows, ascending.</param>
/// <param name="Columns">The column of each of them.</param>
public sealed record Assignment(IReadOnlyList<int> Rows, IReadOnlyList<int> Columns)
{
    /// <summary>The number of pairs.</summary>
    public int Count => Rows.Count;
}
