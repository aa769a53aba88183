using System.Text.Json.Nodes;
using MLNetVision.Projects;
using MLNetVision.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Projects;

[TestClass]
public sealed class TrainingProjectTests
{
    private static string Cases => Path.Combine(Goldens.RepositoryFolder(), "tests", "cases", "mbconfig");

    public static IEnumerable<object[]> Files => Directory.EnumerateFiles(Cases, "v*.mbconfig").Select(Path.GetFileName).Where(name => name![1] < '6').Order(StringComparer.Ordinal).Select(name => new object[] { name! });

    [TestMethod]
    [DataRow("v0-images", 0, "ImageClassification", "LocalCPU", "Folder", null, null)]
    [DataRow("v1-images-gpu", 1, "ImageClassification", "LocalGPU", "Folder", "data/leaves", 600)]
    [DataRow("v2-tabular", 2, "Classification", "LocalCPU", "TabularFile", "data/seeds.csv", 20)]
    [DataRow("v3-images", 3, "ImageClassification", "LocalCPU", "Folder", "leaves", null)]
    [DataRow("v4-images", 4, "ImageClassification", "LocalCPU", "Folder", "leaves", null)]
    [DataRow("v5-images", 5, "ImageClassification", "LocalCPU", "Folder", "data/leaves", null)]
    [DataRow("v5-detection", 5, "ObjectDetection", "LocalGPU", "Vott", "data/helmets/export.json", null)]
    [DataRow("v5-text", 5, "TextClassification", "LocalCPU", "TabularFile", "data/tickets.tsv", 10)]
    public void Load_EveryVersion_SaysTheSame(string name, int version, string scenario, string environment, string kind, string? data, int? seconds)
    {
        TrainingProject project = TrainingProject.Load(Path.Combine(Cases, name + ".mbconfig"));
        Assert.AreEqual((version, scenario, environment, kind), (project.Version, project.Scenario, project.Environment, project.DataKind));
        Assert.AreEqual(data is null ? @"C:\pictures\leaves" : Path.GetFullPath(Path.Combine(Cases, data)), project.DataPath);
        Assert.AreEqual(seconds is { } time ? TimeSpan.FromSeconds(time) : null, project.TrainTime);
        Assert.IsEmpty(project.Warnings);
    }

    [TestMethod]
    public void Load_Options_AreRead()
    {
        TrainingProject detection = TrainingProject.Load(Path.Combine(Cases, "v5-detection.mbconfig"));
        Assert.AreEqual((30, 0.4, 0.5, (640, 480)), (detection.Epochs, detection.ScoreThreshold, detection.IouThreshold, detection.ImageSize));
        Assert.AreEqual(Path.Combine(Cases, "data", "helmets", "check.json"), detection.Validation!.Path);
        Assert.AreEqual(0.25, TrainingProject.Load(Path.Combine(Cases, "v5-images.mbconfig")).Validation!.SplitRatio);
        Assert.AreEqual(("MacroAccuracy", 5), (TrainingProject.Load(Path.Combine(Cases, "v4-images.mbconfig")).OptimizeMetric, TrainingProject.Load(Path.Combine(Cases, "v4-images.mbconfig")).Validation!.Folds));
    }

    [TestMethod, DynamicData(nameof(Files))]
    public void Save_EveryVersion_IsVersion5ThatSaysTheSameAndKeepsTheRest(string name)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Cases, name), folder[name]);
        TrainingProject before = TrainingProject.Load(folder[name]);
        JsonObject old = (JsonObject)JsonNode.Parse(File.ReadAllText(folder[name]).TrimStart('\uFEFF'))!;
        before.Save();
        CollectionAssert.AreEqual(new byte[] { 0xEF, 0xBB, 0xBF }, File.ReadAllBytes(folder[name])[..3]);
        TrainingProject after = TrainingProject.Load(folder[name]);
        Assert.AreEqual(5, after.Version);
        Assert.AreEqual(
            (before.Scenario, before.Environment, before.DataKind, before.DataPath, before.TrainTime, before.OptimizeMetric, before.Validation, before.Epochs, before.ImageSize),
            (after.Scenario, after.Environment, after.DataKind, after.DataPath, after.TrainTime, after.OptimizeMetric, after.Validation, after.Epochs, after.ImageSize));

        JsonObject written = (JsonObject)JsonNode.Parse(File.ReadAllText(folder[name]).TrimStart('\uFEFF'))!;
        Assert.IsTrue(JsonNode.DeepEquals(old["SomethingNew"], written["SomethingNew"]));
        Assert.AreEqual(old["RunHistory"]?["Trials"]?.ToJsonString(), written["RunHistory"]?["Trials"]?.ToJsonString(), "what Model Builder ran stays");
        Assert.AreEqual(old["RunHistory"]?["Pipeline"]?.ToJsonString(), written["RunHistory"]?["Pipeline"]?.ToJsonString());
        Assert.AreEqual(old["TrainingOption"]?["Tuner"]?.ToJsonString(), written["TrainingOption"]?["Tuner"]?.ToJsonString());
        Assert.IsNull(written["TrainingTime"]);
        foreach (string node in (string[])["DataSource", "Environment", "RunHistory", "TrainingOption"])
        {
            Assert.IsTrue(written[node] is null || (written[node]!["Type"] is not null && written[node]!["Version"] is not null), node);
        }
    }

    [TestMethod]
    public void AddRun_OursAfterModelBuilders_WritesNothingFalse()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Cases, "v5-images.mbconfig"), folder["v5-images.mbconfig"]);
        TrainingProject project = TrainingProject.Load(folder["v5-images.mbconfig"]);
        project.Vision = project.Vision with { Task = "classification", Model = new VisionModel { Family = "LeViT", Checkpoint = "facebook/levit-128S" } };
        project.AddRun(new VisionRun { Folder = "runs/001", Best = new Dictionary<string, double> { ["MicroAccuracy"] = 0.97 }, ModelFile = "v5-images.mlnet", ModelHash = "sha256:00", Tool = "1.0" });
        project.Save();

        JsonObject written = (JsonObject)JsonNode.Parse(File.ReadAllText(folder["v5-images.mbconfig"]).TrimStart('\uFEFF'))!;
        Assert.IsNull(written["RunHistory"]);
        Assert.AreEqual("ImageClassificationMulti", written["MLNetVision"]!["ReplacedRunHistory"]!["Estimators"]!["e1"]!.GetValue<string>());
        Assert.AreEqual("runs/001", written["MLNetVision"]!["Runs"]![0]!["Folder"]!.GetValue<string>());

        // Model Builder drops what it does not know; the side file brings it back.
        written.Remove("MLNetVision");
        File.WriteAllText(folder["v5-images.mbconfig"], written.ToJsonString());
        TrainingProject again = TrainingProject.Load(folder["v5-images.mbconfig"]);
        Assert.AreEqual(("classification", 0.97), (again.Vision.Task, again.Vision.Runs![0].Best!["MicroAccuracy"]));

        // It was pointed at other data meanwhile: what the side file says is of the old ones.
        written["DataSource"]!["FolderPath"] = "elsewhere";
        File.WriteAllText(folder["v5-images.mbconfig"], written.ToJsonString());
        Assert.Contains("out of date", Assert.ThrowsExactly<InvalidDataException>(() => TrainingProject.Load(folder["v5-images.mbconfig"])).Message);
    }

    [TestMethod]
    public void Save_NewerVersion_IsRefused()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Cases, "v6-newer.mbconfig"), folder["v6.mbconfig"]);
        byte[] before = File.ReadAllBytes(folder["v6.mbconfig"]);
        TrainingProject project = TrainingProject.Load(folder["v6.mbconfig"]);
        Assert.Contains("version 6", project.Warnings.Single());
        Assert.AreEqual((TimeSpan.FromSeconds(30), "Folder"), (project.TrainTime, project.DataKind));
        Assert.ThrowsExactly<InvalidOperationException>(() => project.Save());
        CollectionAssert.AreEqual(before, File.ReadAllBytes(folder["v6.mbconfig"]));
        project.Save(overwriteNewer: true);
        Assert.AreEqual(5, TrainingProject.Load(folder["v6.mbconfig"]).Version);
    }

    [TestMethod]
    public void Create_Segmentation_IsADetectionThatModelBuilderReads()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = TrainingProject.Create(folder["p/Scenes.mbconfig"], "ObjectDetection", "Coco", folder["p/data/panoptic.json"]);
        project.Vision = new VisionBlock { Task = "panoptic", Data = new VisionData { Format = "coco-panoptic", ImageFolder = "images" }, Metric = "PQ", Training = new VisionTraining { Steps = 100 } };
        (project.TrainTime, project.Epochs, project.Validation) = (TimeSpan.FromMinutes(2), 3, new ProjectValidation(SplitRatio: 0.1));
        project.Save();
        JsonNode written = JsonNode.Parse(File.ReadAllText(folder["p/Scenes.mbconfig"]).TrimStart('\uFEFF'))!;
        Assert.AreEqual("ObjectDetection TrainingConfig 5", $"{written["Scenario"]} {written["Type"]} {written["Version"]}");
        Assert.AreEqual(Path.Combine("data", "panoptic.json"), written["DataSource"]!["FilePath"]!.GetValue<string>());
        Assert.AreEqual("120 3 0.1", $"{written["TrainingOption"]!["TrainingTime"]} {written["TrainingOption"]!["Epoch"]} {written["TrainingOption"]!["ValidationOption"]!["SplitRatio"]}");
        Assert.IsNull(written["RunHistory"]);
        Assert.IsTrue(File.Exists(folder["p/Scenes.vision.json"]));
        Assert.AreEqual(project.Vision.Training, TrainingProject.Load(folder["p/Scenes.mbconfig"]).Vision.Training! with { Other = null });
    }

    [TestMethod]
    [DataRow("TrainingTime", "1e300")]
    [DataRow("TrainingTime", "-1")]
    [DataRow("TrainingTime", "\"NaN\"")]
    [DataRow("TrainingTime", "99999999999999999999")]
    [DataRow("Epoch", "1e300")]
    [DataRow("Epoch", "2147483648")]
    [DataRow("Epoch", "2.5")]
    [DataRow("Epoch", "\"many\"")]
    [DataRow("ScoreThreshold", "\"Infinity\"")]
    [DataRow("ScoreThreshold", "1.5")]
    [DataRow("IOUThreshold", "-0.1")]
    public void Load_NumbersOutOfTheirRange_AreRefusedByName(string name, string value)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.mbconfig"], $$"""{"Version":5,"Scenario":"ObjectDetection","TrainingOption":{"Type":"ObjectDetectionTrainingOption","{{name}}":{{value}} } }""");
        string message = Assert.ThrowsExactly<InvalidDataException>(() => TrainingProject.Load(folder["a.mbconfig"])).Message;
        Assert.Contains(name, message);
        Assert.Contains("expected", message);
        Assert.Contains("a.mbconfig", message);
    }

    [TestMethod]
    [DataRow("Training", "LearningRate", "1e30")]
    [DataRow("Training", "LearningRate", "1e999")]
    [DataRow("Training", "LearningRate", "-1e-3")]
    [DataRow("Training", "BatchSize", "2147483647")]
    [DataRow("Training", "Epochs", "0")]
    [DataRow("Training", "Seed", "-5")]
    [DataRow("Model", "ImageSize", "2147483647")]
    [DataRow("Scoring", "ScoreThreshold", "7")]
    public void Settings_NumbersOutOfTheirRange_AreRefusedByName(string part, string name, string value)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.mbconfig"], $$$"""{"Version":5,"Scenario":"ImageClassification","MLNetVision":{"{{{part}}}":{"{{{name}}}":{{{value}}} } } }""");
        Assert.Contains(name, Assert.ThrowsExactly<InvalidDataException>(() => new ProjectSettings(TrainingProject.Load(folder["a.mbconfig"]))).Message);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Save_FileThatIsALink_WritesWhatItLeadsTo()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = TrainingProject.Create(folder["shared/a.mbconfig"], "ImageClassification", "Folder", folder["data"]);
        project.Save();
        Directory.CreateDirectory(folder["own"]);
        File.CreateSymbolicLink(folder["own/a.mbconfig"], Path.Combine("..", "shared", "a.mbconfig"));
        File.CreateSymbolicLink(folder["own/a.vision.json"], folder["shared/later.json"]);
        TrainingProject linked = TrainingProject.Load(folder["own/a.mbconfig"]);
        linked.Vision = linked.Vision with { Metric = "MicroAccuracy" };
        linked.Save();
        Assert.AreEqual(Path.Combine("..", "shared", "a.mbconfig"), new FileInfo(folder["own/a.mbconfig"]).LinkTarget);
        Assert.Contains("MicroAccuracy", File.ReadAllText(folder["shared/a.mbconfig"]));
        Assert.Contains("MicroAccuracy", File.ReadAllText(folder["shared/later.json"]), "a link that led to nothing");
        Assert.IsNotNull(new FileInfo(folder["own/a.vision.json"]).LinkTarget);
    }

    [TestMethod]
    [DataRow("[1]", "no JSON object")]
    [DataRow("{", "no project file")]
    [DataRow("{}", "neither Version")]
    [DataRow("{\"Version\": 5}", "no Scenario")]
    [DataRow("{\"Version\": 5, \"Scenario\": \"ImageClassification\", \"MLNetVision\": {\"Version\": \"x\"}}", "cannot be read")]
    public void Load_Broken_SaysWhat(string json, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.mbconfig"], json);
        Assert.Contains(message, Assert.ThrowsExactly<InvalidDataException>(() => TrainingProject.Load(folder["a.mbconfig"])).Message);
        Assert.ThrowsExactly<FileNotFoundException>(() => TrainingProject.Load(folder["none.mbconfig"]));
    }
}
