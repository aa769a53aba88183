using MLNetVision.Models.Training.Segmentation.Matching;

namespace MLNetVision.Benchmarks.Evaluation;

/// <summary>The assignment solver on the sizes at which scipy was measured: one thread, uniform costs, float32.</summary>
internal static class AssignmentBenchmark
{
    public static void Run()
    {
        var solver = new AssignmentSolver();
        Console.WriteLine("| assignment | microseconds | scipy (published machine) |");
        Console.WriteLine("|---|---|---|");
        foreach ((int rows, int columns, int scipy) in new[] { (100, 10, 6), (100, 50, 23), (300, 100, 131) })
        {
            // Several matrices, so that the figure is not that of one lucky search.
            var random = new Random(7);
            float[][] matrices = [.. Enumerable.Range(0, 16).Select(_ => Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle()).ToArray())];
            double seconds = InterleavedTimer.Measure([() =>
            {
                foreach (float[] costs in matrices)
                {
                    solver.Solve(costs, rows, columns);
                }
            }], rounds: 10, threads: 1)[0] / matrices.Length;
            Console.WriteLine($"| {rows} x {columns} | {seconds * 1e6:f1} | {scipy} |");
        }
    }
}
