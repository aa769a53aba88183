namespace MLNetVision.Models.Training.Segmentation.Matching;

/// <summary>Matching costs of one layer and image on the host, made fit for the solver.</summary>
internal sealed class CostMatrix
{
    public CostMatrix(int queries, int targets, ReadOnlySpan<float> costs)
    {
        (Queries, Targets, Costs) = (queries, targets, costs.ToArray());
        Undefined = CostSanitizer.Apply(Costs);
    }

    public int Queries { get; }

    public int Targets { get; }

    /// <summary>Query by query.</summary>
    public float[] Costs { get; }

    /// <summary>How many costs were not a number.</summary>
    public int Undefined { get; }

    /// <summary>The pairs (query, target) of least cost.</summary>
    public Assignment Assign(AssignmentSolver solver) => solver.Solve(Costs, Queries, Targets);
}
