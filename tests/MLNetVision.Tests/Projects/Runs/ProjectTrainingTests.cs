using System.Text.Json;
using Microsoft.ML;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Projects;
using MLNetVision.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Projects.Runs;

[TestClass]
public sealed class ProjectTrainingTests
{
    private static readonly string[] EvaluationFiles = ["metrics.json", "per_class.csv", "thresholds.csv", "PR_curve.svg", "F1_curve.svg", "worst.csv", "report.html", "labels.svg", "labels.csv"];
    private static readonly string[] RunFiles = ["args.json", "log.txt", "split.csv", "results.csv", "results.svg", "weights/best/model.safetensors", "weights/last/training-state.safetensors"];

    private sealed class Answer
    {
        public string Image { get; set; } = string.Empty;

        public string PredictedLabel { get; set; } = string.Empty;

        public float[] Score { get; set; } = [];
    }

    private static void AssertFiles(string folder, params IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            Assert.IsTrue(File.Exists(Path.Combine(folder, name)), $"'{folder}' has no {name}.");
        }
    }

    private static byte[] Weights(ProjectTrainingResult result) => File.ReadAllBytes(Path.Combine(result.RunFolder, "weights/best/model.safetensors"));

    [TestMethod]
    public void Run_FolderOfClasses_WritesModelProjectCheckpointAndRun()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        var phases = new List<ProjectTrainingPhase>();
        ProjectTrainingResult result = ProjectTraining.Run(project, new ProjectTrainingOptions { Command = plan => $"train {plan.Name}" }, new Told(value => phases.Add(value.Phase)));

        AssertFiles(folder["Digits"], "Digits.mlnet", "Digits.consumption.cs", "Digits.training.cs", "Digits.evaluate.cs", "Digits.mbconfig", "Digits.vision.json", "checkpoint/README.md", "checkpoint/model.safetensors");
        AssertFiles(result.RunFolder, [.. RunFiles, .. EvaluationFiles, "confusion_matrix.csv"]);
        CollectionAssert.AreEqual(new[] { ProjectTrainingPhase.Planned, ProjectTrainingPhase.Training, ProjectTrainingPhase.Writing, ProjectTrainingPhase.Evaluating }, phases.Distinct().ToArray());
        Assert.AreEqual((TrainingOutcome.Completed, "validation"), (result.Outcome, result.EvaluatedOn));
        Assert.AreEqual(folder["Digits/runs/001"], result.RunFolder);

        string[] split = File.ReadAllLines(Path.Combine(result.RunFolder, "split.csv"));
        Assert.AreEqual("path,set,label", split[0]);
        Assert.HasCount(31, split);
        Assert.AreEqual(6, split.Count(line => line.Contains(",validation,", StringComparison.Ordinal)));

        JsonElement arguments = JsonDocument.Parse(File.ReadAllText(Path.Combine(result.RunFolder, "args.json"))).RootElement;
        Assert.AreEqual(("train Digits", "Completed", 3), (arguments.GetProperty("command").GetString(), arguments.GetProperty("outcome").GetString(), arguments.GetProperty("training").GetProperty("Epochs").GetInt32()));

        TrainingProject saved = TrainingProject.Load(project.Path);
        Assert.AreEqual(("classification", "LeViT", 32, 3, 8, 1, 0.2), (saved.Vision.Task, saved.Vision.Model!.Family, saved.Vision.Model.ImageSize, saved.Vision.Training!.Epochs, saved.Vision.Training.BatchSize, saved.Vision.Training.Seed, saved.Validation!.SplitRatio));
        VisionRun run = saved.Vision.Runs!.Single();
        Assert.AreEqual(("runs/001", "Digits.mlnet"), (run.Folder, run.ModelFile));
        Assert.AreEqual(result.Figures["MicroAccuracy"], run.Best!["MicroAccuracy"]);

        var ml = new MLContext();
        ITransformer model = ml.Model.Load(result.ModelFile, out _);
        Answer answer = ml.Data.CreateEnumerable<Answer>(model.Transform(ml.Data.LoadFromImageFolder(folder["digits"])), reuseRowObject: false).First();
        Assert.Contains(answer.PredictedLabel, new[] { "0", "1", "7" });
        Assert.HasCount(3, answer.Score);
    }

    [TestMethod]
    public void Run_SavedProject_GivesTheSameWeightsInANewRun()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        ProjectTrainingResult first = ProjectTraining.Run(project);
        DateTime written = File.GetLastWriteTimeUtc(first.LogFile);
        File.WriteAllText(folder["Digits/Digits.training.cs"], "// the user's own");
        var warnings = new List<string>();
        ProjectTrainingResult second = ProjectTraining.Run(TrainingProject.Load(project.Path), new ProjectTrainingOptions { Warning = warnings.Add });
        Assert.Contains("Digits.training.cs", warnings.Single(warning => warning.StartsWith("No code was written", StringComparison.Ordinal)));
        Assert.AreEqual("// the user's own", File.ReadAllText(folder["Digits/Digits.training.cs"]));
        Assert.AreEqual(folder["Digits/runs/002"], second.RunFolder);
        Assert.AreEqual(written, File.GetLastWriteTimeUtc(first.LogFile));
        CollectionAssert.AreEqual(Weights(first), Weights(second));
        CollectionAssert.AreEqual(new[] { "runs/001", "runs/002" }, TrainingProject.Load(project.Path).Vision.Runs!.Select(run => run.Folder).ToArray());

        TrainingProject other = TrainingProject.Load(project.Path);
        other.Vision = other.Vision with { Training = other.Vision.Training! with { Seed = 2 } };
        CollectionAssert.AreNotEqual(Weights(first), Weights(ProjectTraining.Run(other)));
    }

    [TestMethod]
    public void Run_DividedFolder_TakesItsPartsAndJudgesByTheTest()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder, "data/train");
        SmallProjects.Digits(folder, "data/val", skip: 10);
        SmallProjects.Digits(folder, "data/test", skip: 20);
        ProjectTrainingResult result = ProjectTraining.Run(SmallProjects.Classification(folder, folder["data"]));
        Assert.AreEqual("train 30, validation 30, test 30", string.Join(", ", result.Plan.Data.Sets.Select(set => $"{set.Name} {set.RowCount}")));
        Assert.AreEqual("test", result.EvaluatedOn);
        Assert.IsFalse(result.Plan.IsSplit);
    }

    [TestMethod]
    public void Run_Scenes_WritesTheSameFilesAndRetrainsAlike()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Segmentation(folder);
        ProjectTrainingResult result = ProjectTraining.Run(project);
        AssertFiles(folder["Scenes"], "Scenes.mlnet", "Scenes.mbconfig", "checkpoint/README.md");
        AssertFiles(result.RunFolder, [.. RunFiles, "metrics.json", "per_class.csv", "report.html", "labels.svg"]);
        Assert.AreEqual(("panoptic", "coco-panoptic", 3L), (result.Plan.Task, result.Plan.Format, result.Plan.Steps));
        CollectionAssert.AreEquivalent(new[] { "PQ", "SQ", "RQ" }, result.Figures.Keys.ToArray());
        CollectionAssert.AreEqual(Weights(result), Weights(ProjectTraining.Run(TrainingProject.Load(project.Path))));
    }

    [TestMethod]
    public void Run_CancelledAndResumed_KeepsTheBestAndEndsBitEqual()
    {
        using var folder = new TemporaryFolder();
        string data = SmallProjects.Digits(folder);
        ProjectTrainingResult whole = ProjectTraining.Run(SmallProjects.Classification(folder, data));
        Directory.Move(folder["Digits"], folder["Whole"]);

        TrainingProject project = SmallProjects.Classification(folder, data);
        using var stop = new CancellationTokenSource();
        ProjectTrainingResult cancelled = ProjectTraining.Run(project, null, new Told(value => { if (value.Score is not null) { stop.Cancel(); } }), stop.Token);
        Assert.AreEqual((TrainingOutcome.Cancelled, (string?)null), (cancelled.Outcome, cancelled.EvaluatedOn));
        AssertFiles(folder["Digits"], "Digits.mlnet", "checkpoint/model.safetensors");

        ProjectTrainingResult resumed = ProjectTraining.Run(TrainingProject.Load(project.Path), new ProjectTrainingOptions { Resume = true });
        Assert.AreEqual((TrainingOutcome.Completed, cancelled.RunFolder), (resumed.Outcome, resumed.RunFolder));
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["Whole/runs/001/weights/best/model.safetensors"]), Weights(resumed));
        Assert.HasCount(1, TrainingProject.Load(project.Path).Vision.Runs!);
        Assert.HasCount(whole.Record.History.Count, resumed.Record.History);

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => ProjectTraining.Run(TrainingProject.Load(project.Path), new ProjectTrainingOptions { Resume = true }));
        Assert.Contains("came to its end (Completed)", error.Message);
    }

    [TestMethod]
    public void Run_ResumedWithOtherSettings_SaysWhichDiffer()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        using var stop = new CancellationTokenSource();
        ProjectTraining.Run(project, null, new Told(value => { if (value.Score is not null) { stop.Cancel(); } }), stop.Token);
        project.Vision = project.Vision with { Training = project.Vision.Training! with { Epochs = 5 } };
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => ProjectTraining.Run(project, new ProjectTrainingOptions { Resume = true }));
        Assert.Contains("Epochs was 3 and is 5", error.Message);
    }

    [TestMethod]
    public void Run_NothingToResume_SaysSo()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        Assert.Contains("no run to go on with", Assert.ThrowsExactly<InvalidOperationException>(() => ProjectTraining.Run(project, new ProjectTrainingOptions { Resume = true })).Message);
        Assert.IsEmpty(Directory.EnumerateFileSystemEntries(folder["Digits"]));
    }

    [TestMethod]
    public void Resolve_Project_SaysWhatItWouldDoAndWritesNothing()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        ProjectTrainingPlan plan = ProjectTraining.Resolve(project);
        Assert.AreEqual((3, 8, 1e-3, 32), (plan.Epochs, plan.BatchSize, plan.LearningRate, plan.ImageSize));
        CollectionAssert.AreEqual(new[] { "0", "1", "7" }, plan.Data.ClassNames.ToArray());
        Assert.Contains("folder: 24 train, 6 validation", plan.ToString());
        Assert.IsEmpty(Directory.EnumerateFileSystemEntries(folder["Digits"]));
    }

    [TestMethod]
    public void Run_TimeGiven_EndsWithinIt()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        project.Vision = project.Vision with { Training = project.Vision.Training! with { Epochs = 100_000 } };
        project.TrainTime = TimeSpan.FromSeconds(1);
        ProjectTrainingResult result = ProjectTraining.Run(project);
        Assert.AreEqual(TrainingOutcome.TimeUp, result.Outcome);
        Assert.IsLessThan(60, result.Record.Seconds, "Its 100,000 passes would take hours.");
    }

    [TestMethod]
    [DataRow("Epochs", "Training.Epochs")]
    [DataRow("Steps", "Training.Steps")]
    [DataRow("Augmentation", "Training.Augmentation")]
    [DataRow("Task", "Task")]
    [DataRow("Device", "Device")]
    public void Run_SettingsThatCannotBe_AreNamed(string wrong, string named)
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        project.Vision = wrong switch
        {
            "Epochs" => project.Vision with { Training = new VisionTraining { Epochs = 0 } },
            "Steps" => project.Vision with { Training = new VisionTraining { Steps = 5 } },
            "Augmentation" => project.Vision with { Training = new VisionTraining { Augmentation = "wild" } },
            "Task" => project.Vision with { Task = "panoptic" },
            _ => project.Vision with { Device = "tpu" },
        };
        Assert.Contains(named, Assert.ThrowsExactly<InvalidDataException>(() => ProjectTraining.Run(project)).Message);
    }

    [TestMethod]
    public void Run_DataOfTheOtherTask_SaysWhichTheyAreFor()
    {
        using var folder = new TemporaryFolder();
        string digits = SmallProjects.Digits(folder);
        TrainingProject scenes = TrainingProject.Create(folder["p/p.mbconfig"], "ObjectDetection", "Coco", digits);
        Assert.Contains("as for a classification", Assert.ThrowsExactly<InvalidDataException>(() => ProjectTraining.Resolve(scenes)).Message);
        Assert.Contains("it is for segmentation", Assert.ThrowsExactly<InvalidDataException>(() => ProjectTraining.Resolve(SmallProjects.Classification(folder, SmallProjects.Scenes))).Message);
    }

    private sealed class Told(Action<ProjectTrainingProgress> report) : IProgress<ProjectTrainingProgress>
    {
        public void Report(ProjectTrainingProgress value) => report(value);
    }
}
