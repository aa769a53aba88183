using CsCheck;
using MLNetVision.Models.Training.Segmentation.Matching;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Models.Training.Segmentation.Matching;

[TestClass]
public sealed class AssignmentSolverTests
{
    private const string Area = "assignment";

    public static IEnumerable<object[]> Cases => Goldens.Names(Area);

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Solve_Golden_GivesOptimum(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        using torch.Tensor tensor = golden.InputTensor("cost");
        float[] costs = tensor.numel() == 0 ? [] : tensor.data<float>().ToArray();
        (int rows, int columns) = ((int)tensor.shape[0], (int)tensor.shape[1]);
        var solver = new AssignmentSolver();
        if (golden.Expected("error").GetBoolean())
        {
            Exception error = Assert.Throws<Exception>(() => solver.Solve(costs, rows, columns));
            Assert.IsTrue(error is ArgumentException or InvalidOperationException, error.ToString());
            return;
        }

        Assignment pairs = solver.Solve(costs, rows, columns);
        AssertValid(pairs, rows, columns);
        Assert.AreEqual(golden.Expected("total").GetDouble(), Total(costs, columns, pairs), golden.Expected("totalTolerance").GetDouble());
        if (golden.Expected("compare").GetString() == "pairs")
        {
            golden.AssertTensor("rows", torch.tensor(pairs.Rows.Select(row => (long)row).ToArray()));
            golden.AssertTensor("columns", torch.tensor(pairs.Columns.Select(column => (long)column).ToArray()));
        }

        Assert.AreEqual(Total(costs, columns, pairs), Total(costs, columns, solver.Solve([.. costs.Select(cost => (double)cost)], rows, columns)));
    }

    [TestMethod]
    public void Solve_SmallMatrices_AgreeWithTryingEverything()
    {
        var solver = new AssignmentSolver();
        Gen<(int Rows, int Columns, float[] Costs)> matrices =
            from rows in Gen.Int[0, 6]
            from columns in Gen.Int[0, 6]
            from costs in Gen.OneOf(Gen.Int[-3, 3].Select(value => (float)value), Gen.Float[-5, 5], Gen.Const(float.PositiveInfinity)).Array[rows * columns]
            select (rows, columns, costs);
        matrices.Sample(matrix =>
        {
            (int rows, int columns, float[] costs) = matrix;
            double best = Least(costs, rows, columns);
            if (double.IsPositiveInfinity(best))
            {
                StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => solver.Solve(costs, rows, columns)).Message, "infeasible");
                return;
            }

            // The solver is reused: what an earlier, larger or failed problem left must not matter.
            Assignment pairs = solver.Solve(costs, rows, columns);
            AssertValid(pairs, rows, columns);
            Assert.AreEqual(best, Total(costs, columns, pairs), 1e-5);
        }, iter: 2000, seed: "0000000000011", threads: 1);
    }

    [TestMethod]
    public void Solve_TransposedMatrix_GivesSamePairs()
    {
        float[] costs = ProceduralTensor.Values("assignment/transposed", 70 * 23, 4, 1);
        float[] transposed = [.. Enumerable.Range(0, costs.Length).Select(i => costs[i % 70 * 23 + i / 70])];
        var solver = new AssignmentSolver();
        Assignment pairs = solver.Solve(costs, 70, 23);
        Assignment swapped = solver.Solve(transposed, 23, 70);
        CollectionAssert.AreEquivalent(
            pairs.Rows.Zip(pairs.Columns).ToArray(), swapped.Columns.Zip(swapped.Rows).ToArray());
    }

    [TestMethod]
    [DataRow(float.NaN, "NaN")]
    [DataRow(float.NegativeInfinity, "row 1, column 2")]
    public void Solve_InvalidCost_SaysWhere(float cost, string words)
    {
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => new AssignmentSolver().Solve([1f, 2, 3, 4, 5, cost], 2, 3));
        StringAssert.Contains(error.Message, words);
    }

    [TestMethod]
    public void Solve_WrongCount_Throws() =>
        Assert.ThrowsExactly<ArgumentException>(() => new AssignmentSolver().Solve(new float[5], 2, 3));

    [TestMethod]
    public void Sanitize_BadCosts_AreClampedAndNaNCounted()
    {
        float[] costs = new float[37];
        costs[3] = costs[36] = costs[20] = float.NaN;
        costs[4] = float.PositiveInfinity;
        costs[35] = float.NegativeInfinity;
        costs[5] = 7;
        Assert.AreEqual(3, CostSanitizer.Apply(costs));
        CollectionAssert.AreEqual(new[] { 1e10f, 1e10f, 7f, 1e10f, -1e10f, 1e10f }, new[] { costs[3], costs[4], costs[5], costs[20], costs[35], costs[36] });
        Assert.AreEqual(5, costs.Count(cost => Math.Abs(cost) == 1e10f));
    }

    private static void AssertValid(Assignment pairs, int rows, int columns)
    {
        Assert.AreEqual(Math.Min(rows, columns), pairs.Count);
        CollectionAssert.AreEqual(pairs.Rows.Distinct().Order().ToArray(), pairs.Rows.ToArray());
        Assert.AreEqual(pairs.Count, pairs.Columns.Distinct().Count());
        Assert.IsTrue(pairs.Columns.All(column => column >= 0 && column < columns) && pairs.Rows.All(row => row >= 0 && row < rows));
    }

    private static double Total(float[] costs, int columns, Assignment pairs) =>
        pairs.Rows.Zip(pairs.Columns).Aggregate(0.0, (sum, pair) => sum + costs[pair.First * columns + pair.Second]);

    private static double Least(float[] costs, int rows, int columns)
    {
        int pairs = Math.Min(rows, columns);
        return Try(0, 0, 0);

        double Try(int row, int used, int count)
        {
            if (count == pairs)
            {
                return 0;
            }

            if (row == rows)
            {
                return double.PositiveInfinity;
            }

            double best = rows - row > pairs - count ? Try(row + 1, used, count) : double.PositiveInfinity;
            for (int column = 0; column < columns; column++)
            {
                if ((used & (1 << column)) == 0)
                {
                    best = Math.Min(best, costs[row * columns + column] + Try(row + 1, used | (1 << column), count + 1));
                }
            }

            return best;
        }
    }
}
