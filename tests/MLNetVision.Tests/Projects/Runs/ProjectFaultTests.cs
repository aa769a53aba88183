using System.Text.Json.Nodes;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Projects;
using MLNetVision.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Projects.Runs;

/// <summary>What goes wrong with projects: other classes, two trainings at once, places that are taken, pictures that changed.</summary>
[TestClass]
public sealed class ProjectFaultTests
{
    [TestMethod]
    [DataRow("test")]
    [DataRow("val")]
    public void Run_ClassesThatAreNotTrained_CountAsWrongAndAreNamed(string part)
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder, "data/train");
        SmallProjects.Digits(folder, $"data/{part}", skip: 10);
        ProjectTrainingResult known = ProjectTraining.Run(SmallProjects.Classification(folder, folder["data"]));
        Assert.IsEmpty(known.UnknownClasses);
        Directory.Delete(folder["Digits"], recursive: true);

        for (int i = 0; i < 10; i++)
        {
            TestPictures.Save(i, folder[$"data/{part}/fox/{i}.png"]);
        }

        var warnings = new List<string>();
        ProjectTrainingResult result = ProjectTraining.Run(SmallProjects.Classification(folder, folder["data"]), new ProjectTrainingOptions { Warning = warnings.Add });
        Assert.AreEqual((3, 10L), (result.Plan.ClassNames.Count, result.UnknownClasses["fox"]));
        Assert.AreEqual(known.Figures["MicroAccuracy"] * 30 / 40, result.Figures["MicroAccuracy"], 1e-6);
        Assert.Contains("Task        classification, LeViT, 3 classes", result.Plan.ToString());
        Assert.Contains("10 row(s) are of classes that the model does not know, and count as wrong: 'fox' (10)", string.Join('\n', warnings));
        Assert.Contains("fox", File.ReadAllText(Path.Combine(result.RunFolder, "per_class.csv")));

        Directory.Delete(folder[$"data/{part}"], recursive: true);
        TestPictures.Save(1, folder[$"data/{part}/fox/1.png"]);
        Assert.Contains("have not one class of the training data", Assert.ThrowsExactly<InvalidDataException>(() => ProjectTraining.Run(SmallProjects.Classification(folder, folder["data"]))).Message);
    }

    [TestMethod]
    public void Run_TwoAtOnceInOneProject_KeepBothRuns()
    {
        using var folder = new TemporaryFolder();
        string data = SmallProjects.Digits(folder);
        ProjectTraining.Run(SmallProjects.Classification(folder, data));
        TrainingProject[] projects = [.. Enumerable.Range(0, 2).Select(_ => TrainingProject.Load(folder["Digits/Digits.mbconfig"]))];
        using var both = new Barrier(2);
        ProjectTrainingResult[] results = new ProjectTrainingResult[2];
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(i => new Thread(() =>
        {
            // Both have begun before either ends.
            results[i] = ProjectTraining.Run(projects[i], new ProjectTrainingOptions { WritesCode = false }, new Told(value => { if (value.Phase == ProjectTrainingPhase.Planned) { both.SignalAndWait(TimeSpan.FromMinutes(2)); } }));
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        CollectionAssert.AreEquivalent(new[] { folder["Digits/runs/002"], folder["Digits/runs/003"] }, results.Select(result => result.RunFolder).ToArray());
        foreach (string file in (string[])["Digits.mbconfig", "Digits.vision.json"])
        {
            JsonNode written = JsonNode.Parse(File.ReadAllText(folder[$"Digits/{file}"]).TrimStart('\uFEFF'))!;
            string[] runs = [.. (written["MLNetVision"] ?? written)["Runs"]!.AsArray().Select(run => run!["Folder"]!.GetValue<string>())];
            CollectionAssert.AreEquivalent(new[] { "runs/001", "runs/002", "runs/003" }, runs, file);
        }

        Assert.IsTrue(TrainingProject.Load(folder["Digits/Digits.mbconfig"]).Vision.Runs!.All(run => run.Best!.ContainsKey("MicroAccuracy")));
    }

    [TestMethod]
    public void Begin_ManyAtOnce_EachHasAFolderOfItsOwn()
    {
        using var folder = new TemporaryFolder();
        string[] names = new string[8];
        Parallel.For(0, names.Length, i =>
        {
            using var run = ProjectRunFolder.Begin(folder.Path);
            names[i] = run.Name;
        });
        CollectionAssert.AreEquivalent(Enumerable.Range(1, names.Length).Select(number => $"runs/{number:d3}").ToArray(), names);
    }

    [TestMethod]
    public void Begin_WhileOthersAreRefused_LosesNoFolder()
    {
        using var folder = new TemporaryFolder();
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            using var run = ProjectRunFolder.Begin(folder.Path);
            if (i % 2 == 0)
            {
                run.RemoveUnbegun();
            }
            else
            {
                run.WriteArguments([], null);
            }
        });
        Assert.AreEqual(20, Directory.GetDirectories(folder["runs"]).Count(path => File.Exists(Path.Combine(path, "args.json"))));
        Assert.HasCount(20, Directory.GetDirectories(folder["runs"]));
    }

    [TestMethod]
    [DataRow("Digits/Digits.mlnet/", "is a folder, where a file is to be written")]
    [DataRow("Digits/Digits.mbconfig/", "is a folder, where a file is to be written")]
    [DataRow("Digits/Digits.vision.json/", "is a folder, where a file is to be written")]
    [DataRow("Digits/checkpoint", "is a file, where a folder is to be made")]
    [DataRow("Digits/runs", "is a file, where a folder is to be made")]
    [DataRow("Digits", "is a file, so that the folder")]
    public void Run_PlaceOfTheWrongKind_IsFoundBeforeTheTraining(string place, string message)
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        string path = Path.Combine(folder.Path, place.TrimEnd('/'));
        if (Directory.Exists(folder["Digits"]) && place == "Digits")
        {
            Directory.Delete(folder["Digits"]);
        }

        Directory.CreateDirectory(place.EndsWith('/') ? path : Path.GetDirectoryName(path)!);
        if (!place.EndsWith('/'))
        {
            File.WriteAllText(path, "a file");
        }

        bool hasBegun = false;
        IOException error = Assert.ThrowsExactly<IOException>(() => ProjectTraining.Run(project, null, new Told(_ => hasBegun = true)));
        Assert.Contains(message, error.Message);
        Assert.Contains(path, error.Message);
        Assert.IsFalse(hasBegun);
    }

    [TestMethod]
    [DataRow(false, false)]
    [DataRow(false, true)]
    [DataRow(true, false)]
    [DataRow(true, true)]
    public void Run_ResumedWithPicturesThatChanged_NamesThem(bool segments, bool validation)
    {
        using var folder = new TemporaryFolder();
        TrainingProject project;
        if (segments)
        {
            string scenes = Path.GetDirectoryName(SmallProjects.Scenes)!;
            Directory.CreateDirectory(folder["scenes/images"]);
            foreach (string file in (string[])["panoptic.json", .. Directory.GetFiles(scenes, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(scenes, file)).Where(file => file.Contains(Path.DirectorySeparatorChar))])
            {
                File.Copy(Path.Combine(scenes, file), folder[$"scenes/{file}"]);
            }

            project = TrainingProject.Create(folder["Scenes/Scenes.mbconfig"], "ObjectDetection", "Coco", folder["scenes/panoptic.json"]);
            project.Vision = new VisionBlock { Model = new VisionModel { Checkpoint = SmallProjects.Starter }, Training = new VisionTraining { Steps = 30, BatchSize = 1 }, Device = "cpu" };
        }
        else
        {
            project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        }

        using var stop = new CancellationTokenSource();
        var options = new ProjectTrainingOptions { WritesCode = false };
        ProjectTraining.Run(project, options, new Told(value => { if (value.Score is not null) { stop.Cancel(); } }), stop.Token);

        string set = validation ? "validation" : "train";
        string picture = File.ReadLines(Path.Combine(Path.GetDirectoryName(project.Path)!, "runs/001/split.csv")).First(line => line.Contains($",{set},", StringComparison.Ordinal)).Split(',')[0];

        // Of the same length, as an editor may leave it; the times say nothing, since copies have other ones.
        byte[] bytes = File.ReadAllBytes(picture);
        File.SetLastWriteTimeUtc(picture, DateTime.UtcNow.AddDays(1));
        using var again = new CancellationTokenSource();
        ProjectTraining.Run(TrainingProject.Load(project.Path), new ProjectTrainingOptions { Resume = true, WritesCode = false }, new Told(value => { if (value.Step is not null) { again.Cancel(); } }), again.Token);
        bytes[^10] ^= 1;
        File.WriteAllBytes(picture, bytes);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => ProjectTraining.Run(TrainingProject.Load(project.Path), new ProjectTrainingOptions { Resume = true, WritesCode = false }));
        Assert.Contains(validation ? "the validation pictures" : "the training pictures", error.Message);
        Assert.Contains($"have changed since: '{picture}'.", error.Message);
        Assert.AreEqual("Cancelled", JsonNode.Parse(File.ReadAllText(Path.Combine(Path.GetDirectoryName(project.Path)!, "runs/001/args.json")))!["outcome"]!.GetValue<string>());
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Run_PatienceWithoutValidation_IsWarnedOfAndTrains(bool segments)
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = segments ? SmallProjects.Segmentation(folder) : SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        project.Vision = project.Vision with { Training = project.Vision.Training! with { Patience = 2 } };
        project.Validation = new ProjectValidation(SplitRatio: 0);
        var warnings = new List<string>();
        Assert.AreEqual(TrainingOutcome.Completed, ProjectTraining.Run(project, new ProjectTrainingOptions { Warning = warnings.Add, WritesCode = false }).Outcome);
        Assert.Contains("a patience of 2 has no effect", string.Join('\n', warnings));
    }

    [TestMethod]
    public void Run_CocoWithoutAnnotations_IsRefusedWithCounts()
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < 6; i++)
        {
            TestPictures.Save(i, folder[$"data/images/{i}.png"]);
        }

        string images = string.Join(',', Enumerable.Range(0, 6).Select(i => $$"""{"id":{{i}},"file_name":"{{i}}.png","width":{{40 + 7 * i}},"height":{{36 + 5 * i}} }"""));
        File.WriteAllText(folder["data/instances.json"], $$"""{"images":[{{images}}],"categories":[{"id":1,"name":"cat"}],"annotations":[]}""");
        TrainingProject project = TrainingProject.Create(folder["Cats/Cats.mbconfig"], "ObjectDetection", "Coco", folder["data/instances.json"]);
        project.Vision = new VisionBlock { Model = new VisionModel { Checkpoint = SmallProjects.Starter }, Device = "cpu" };
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => ProjectTraining.Run(project));
        Assert.Contains("picture(s) and not one segment in them", error.Message);
    }

    private sealed class Told(Action<ProjectTrainingProgress> report) : IProgress<ProjectTrainingProgress>
    {
        public void Report(ProjectTrainingProgress value) => report(value);
    }
}
