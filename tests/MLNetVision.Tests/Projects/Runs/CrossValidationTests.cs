using System.Globalization;
using System.Text.Json;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Projects;
using MLNetVision.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Projects.Runs;

[TestClass]
public sealed class CrossValidationTests
{
    [TestMethod]
    public void Run_Folds_JudgesEachPictureOnceAndTrainsOnAll()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        project.Validation = new ProjectValidation(Folds: 3);
        ProjectTrainingResult result = ProjectTraining.Run(project);
        Assert.AreEqual(("held-out", 3, 3), (result.EvaluatedOn, result.Plan.Folds, result.FoldFigures.Count));
        Assert.AreEqual("train 30", string.Join(", ", result.Plan.Data.Sets.Select(set => $"{set.Name} {set.RowCount}")));
        Assert.AreEqual(result.FoldFigures.Average(fold => fold["MicroAccuracy"]), result.Figures["MicroAccuracy"], 1e-12);

        // Of folds of ten pictures the mean accuracy is that of all thirty.
        JsonElement metrics = JsonDocument.Parse(File.ReadAllText(Path.Combine(result.RunFolder, "metrics.json"))).RootElement;
        Assert.AreEqual(result.Figures["MicroAccuracy"], metrics.GetProperty("accuracy").GetDouble(), 1e-12);
        Assert.AreEqual(30, metrics.GetProperty("pictureCount").GetInt32());

        string[] table = File.ReadAllLines(Path.Combine(result.RunFolder, "cross_validation.csv"));
        CollectionAssert.AreEqual(new[] { "fold", "1", "2", "3", "mean", "standard deviation" }, table.Select(line => line.Split(',')[0]).ToArray());
        Assert.AreEqual(result.Figures["MicroAccuracy"], double.Parse(table[4].Split(',')[1], CultureInfo.InvariantCulture), 1e-12);
        double[] values = [.. result.FoldFigures.Select(fold => fold["LogLoss"])];
        double deviation = Math.Sqrt(values.Sum(value => Math.Pow(value - values.Average(), 2)) / 2);
        Assert.AreEqual(deviation, double.Parse(table[5].Split(',')[3], CultureInfo.InvariantCulture), 1e-12);
        Assert.IsTrue(File.Exists(Path.Combine(result.RunFolder, "folds/2/report.html")));
        Assert.IsFalse(Directory.Exists(Path.Combine(result.RunFolder, "folds/2/weights")), "states are of no use when all is done");

        // The model is the one of a training that holds nothing out.
        Directory.Move(folder["Digits"], folder["Folds"]);
        TrainingProject plain = SmallProjects.Classification(folder, folder["digits"]);
        plain.Validation = new ProjectValidation(SplitRatio: 0);
        CollectionAssert.AreEqual(File.ReadAllBytes(Path.Combine(ProjectTraining.Run(plain).RunFolder, "weights/best/model.safetensors")), File.ReadAllBytes(folder["Folds/runs/001/weights/best/model.safetensors"]));
        Assert.AreEqual(3, TrainingProject.Load(folder["Folds/Digits.mbconfig"]).Validation!.Folds);
    }

    [TestMethod]
    public void Run_BrokenOffInAFold_GoesOnBitEqual()
    {
        using var folder = new TemporaryFolder();
        string data = SmallProjects.Digits(folder);
        TrainingProject Project()
        {
            TrainingProject project = SmallProjects.Classification(folder, data);
            project.Validation = new ProjectValidation(Folds: 3);
            return project;
        }

        ProjectTrainingResult whole = ProjectTraining.Run(Project());
        Directory.Move(folder["Digits"], folder["Whole"]);
        using var stop = new CancellationTokenSource();
        int steps = 0;
        TrainingProject broken = Project();
        Assert.ThrowsExactly<OperationCanceledException>(() => ProjectTraining.Run(broken, null, new Heard(value => { if (value.Step is not null && ++steps == 12) { stop.Cancel(); } }), stop.Token));
        Assert.IsTrue(Directory.Exists(folder["Digits/runs/001/folds/1"]));
        ProjectTrainingResult resumed = ProjectTraining.Run(TrainingProject.Load(broken.Path), new ProjectTrainingOptions { Resume = true });
        Assert.AreEqual(folder["Digits/runs/001"], resumed.RunFolder);
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["Whole/runs/001/weights/best/model.safetensors"]), File.ReadAllBytes(folder["Digits/runs/001/weights/best/model.safetensors"]));
        Assert.AreEqual(File.ReadAllText(folder["Whole/runs/001/cross_validation.csv"]), File.ReadAllText(folder["Digits/runs/001/cross_validation.csv"]));
        Assert.AreEqual(whole.Outcome, resumed.Outcome);
    }

    [TestMethod]
    public void Run_TestDataGiven_JudgesTheModelByThem()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Segmentation(folder);
        string file = project.DataPath!;
        project.Validation = new ProjectValidation(Folds: 2);
        project.Vision = project.Vision with { Data = (project.Vision.Data ?? new VisionData()) with { TestPath = file } };
        ProjectTrainingResult result = ProjectTraining.Run(project);
        Assert.AreEqual(("test", 2, TrainingOutcome.Completed), (result.EvaluatedOn, result.FoldFigures.Count, result.Outcome));
        CollectionAssert.AreEquivalent(new[] { "PQ", "SQ", "RQ" }, result.FoldFigures[1].Keys.ToArray());
    }

    [TestMethod]
    [DataRow(1, null, "NumberOfFolds")]
    [DataRow(40, null, "fewer pictures than the 40")]
    [DataRow(3, 2, "Training.Patience")]
    public void Run_FoldsThatCannotBe_AreRefused(int folds, int? patience, string named)
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        project.Validation = new ProjectValidation(Folds: folds);
        project.Vision = project.Vision with { Training = project.Vision.Training! with { Patience = patience } };
        Assert.Contains(named, Assert.ThrowsExactly<InvalidDataException>(() => ProjectTraining.Run(project)).Message);
        Assert.IsEmpty(Directory.EnumerateFileSystemEntries(folder["Digits"]));
    }

    private sealed class Heard(Action<ProjectTrainingProgress> report) : IProgress<ProjectTrainingProgress>
    {
        public void Report(ProjectTrainingProgress value) => report(value);
    }
}
