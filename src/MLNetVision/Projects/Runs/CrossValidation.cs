using System.Text;
using Microsoft.ML;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Projects.Sets;

namespace MLNetVision.Projects.Runs;

/// <summary>
/// Trains a network for each part of the data, on all other parts, and measures it on that part: what is to be expected of the model that is then trained on all
/// in the same way. No part chooses a state, so that the figures do not flatter. A fold that was trained before a break is not trained again.
/// </summary>
internal sealed class CrossValidation(ProjectRunFolder run, ProjectSets sets, Func<ProjectSets, ProjectRecipe> create, Func<MLContext> newContext, Action<string> say)
{
    private const string Folder = "folds", Table = "cross_validation.csv";

    private readonly List<IReadOnlyDictionary<string, double>> _figures = [];
    private ProjectEvaluation? _all;

    /// <summary>The figures of each fold by their names.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, double>> Figures => _figures;

    /// <summary>What was said of all pictures, of each by the network that had not seen it.</summary>
    public ProjectEvaluation All => _all!;

    /// <summary>The mean of each figure over the folds.</summary>
    public IReadOnlyDictionary<string, double> Mean => _figures[0].Keys.ToDictionary(name => name, name => Undefined.Mean(_figures.Select(fold => fold[name])));

    /// <summary>Trains and measures.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; the folds that are done are kept for the run that goes on.</exception>
    public void Run(ProjectRecipe.Reached reached, CancellationToken cancellation)
    {
        int count = sets.Folds.Count;
        for (int i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            say($"Fold {i + 1} of {count}.");
            using ProjectRecipe recipe = create(sets with { All = [(ProjectSets.Train, sets.Folds[i].TrainSet)], Folds = [] });
            string folder = run.File($"{Folder}/{i + 1}"), checkpoint = Path.Combine(folder, "weights", "best");
            recipe.Fit(StateFolder(i), reached, cancellation);
            if (recipe.Record.Outcome == TrainingOutcome.Cancelled)
            {
                throw new OperationCanceledException($"The cross-validation was cancelled in fold {i + 1} of {count}.", cancellation);
            }

            recipe.Record.SaveCsv(Path.Combine(folder, "results.csv"));
            recipe.Record.SaveSvg(Path.Combine(folder, "results.svg"));
            recipe.SaveCheckpoint(checkpoint);
            MLContext ml = newContext();
            using (cancellation.Register(ml.CancelExecution))
            {
                IDataView data = sets.Folds[i].TestSet;
                bool isFirst = _all is null;
                _all ??= recipe.Evaluate(ml, data, $"Cross-validation of {count} folds: each picture by a network that has not seen it", checkpoint, withTraining: false);
                _figures.Add(recipe.Evaluate(ml, data, $"Fold {i + 1} of {count}", checkpoint, pool: isFirst ? null : _all).Save(folder).Figures);
            }

            Directory.Delete(checkpoint, recursive: true);
            say($"Fold {i + 1} of {count}: {string.Join(", ", _figures[i].Select(figure => FormattableString.Invariant($"{figure.Key} {figure.Value:0.####}")))}.");
        }

        AtomicFile.Write(run.File(Table), Encoding.UTF8.GetBytes(ToCsv()));
    }

    /// <summary>Takes the states of the trainings away, when nothing can be broken off any more.</summary>
    public void RemoveStates()
    {
        for (int i = 0; i < sets.Folds.Count; i++)
        {
            Directory.Delete(Path.GetDirectoryName(StateFolder(i))!, recursive: true);
        }
    }

    private string StateFolder(int fold) => run.File($"{Folder}/{fold + 1}/weights/last");

    private string ToCsv()
    {
        string[] names = [.. _figures[0].Keys];
        IEnumerable<IReadOnlyList<object?>> folds = _figures.Select((fold, i) => (IReadOnlyList<object?>)[i + 1, .. names.Select(name => (object?)fold[name])]);
        return CsvText.Write(["fold", .. names],
        [
            .. folds,
            ["mean", .. names.Select(name => (object?)Mean[name])],
            ["standard deviation", .. names.Select(name => (object?)Deviation(name))],
        ]);
    }

    // Of folds as a sample, so with one less.
    private double Deviation(string name) => Math.Sqrt(_figures.Sum(fold => Math.Pow(fold[name] - Mean[name], 2)) / (_figures.Count - 1));
}
