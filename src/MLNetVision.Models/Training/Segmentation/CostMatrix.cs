namespace MLNetVision.Models.Training.Segmentation;

/// <summary>
/// Matching costs of one layer and image. A step must not die of a bad cost: what is infinite is clamped to ±1e10, and what
/// is not a number becomes 1e10, the dearest choice, and is counted. (Hugging Face makes it 0, an attractive one.)
/// </summary>
internal sealed class CostMatrix
{
    private const double Limit = 1e10;

    public CostMatrix(int rows, int columns, ReadOnlySpan<float> costs)
    {
        (Rows, Columns) = (rows, columns);
        Costs = new double[costs.Length];
        for (int i = 0; i < costs.Length; i++)
        {
            bool defined = !float.IsNaN(costs[i]);
            Undefined += defined ? 0 : 1;
            Costs[i] = defined ? Math.Clamp(costs[i], -Limit, Limit) : Limit;
        }
    }

    /// <summary>Queries.</summary>
    public int Rows { get; }

    /// <summary>Targets.</summary>
    public int Columns { get; }

    /// <summary>Row by row.</summary>
    public double[] Costs { get; }

    /// <summary>How many costs were not a number.</summary>
    public int Undefined { get; }
}
