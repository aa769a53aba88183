namespace MLNetVision.Models.Training.Segmentation.Matching;

/// <summary>Matches all layers and images of a step on all processors: the device waits for it.</summary>
internal static class ParallelMatching
{
    /// <summary>The pairs (query, target) of least cost, [layer][image].</summary>
    public static Assignment[][] Solve(CostMatrix[][] costs)
    {
        Assignment[][] pairs = Array.ConvertAll(costs, layer => new Assignment[layer.Length]);
        int images = costs[0].Length;
        Parallel.For(
            0, costs.Length * images, () => new AssignmentSolver(),
            (i, _, solver) =>
            {
                pairs[i / images][i % images] = costs[i / images][i % images].Assign(solver);
                return solver;
            },
            _ => { });
        return pairs;
    }
}
