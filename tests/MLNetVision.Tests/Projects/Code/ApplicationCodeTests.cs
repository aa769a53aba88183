using System.Xml.Linq;
using Microsoft.ML;
using MLNetVision.Imaging.Segments;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Native;
using MLNetVision.Projects;
using MLNetVision.Projects.Code;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Cli;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Projects.Code;

/// <summary>Applications as files; .ci/product builds and runs them.</summary>
[TestClass]
public sealed class ApplicationCodeTests
{
    private static string Scenes => Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test", "panoptic.json");

    [TestMethod]
    public void Write_AConsole_HasAllThatItNeedsOfItsOwn()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = CreateScenes(folder, "my scenes");
        IReadOnlyList<string> files = ApplicationCode.Write(project, ApplicationKind.Console, folder["apps"]);
        string place = folder["apps/my_scenes_ConsoleApp1"];
        string[] expected = ["Program.cs", "my scenes.consumption.cs", "my scenes.evaluate.cs", "my scenes.mbconfig", "my scenes.mlnet", "my scenes.training.cs", "my scenes.vision.json", "my_scenes_ConsoleApp1.csproj", "sample.jpg"];
        CollectionAssert.AreEqual(expected, files.Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        CollectionAssert.AreEquivalent(files.ToArray(), Directory.GetFiles(place));
        Assert.AreEqual(Path.Combine(place, "my_scenes_ConsoleApp1.csproj"), files[0]);
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["my scenes.mlnet"]), File.ReadAllBytes(Path.Combine(place, "my scenes.mlnet")));
        TrainingProject copy = TrainingProject.Load(Path.Combine(place, "my scenes.mbconfig"));
        Assert.AreEqual(Scenes, copy.DataPath);
        Assert.AreEqual(folder["held out/panoptic.json"], Path.GetFullPath(copy.Vision.Data!.TestPath!, place));
        Assert.AreEqual("semantic", copy.Vision.Task);
        Assert.AreEqual("my scenes.mlnet", copy.Vision.Runs!.Single().ModelFile);
        Assert.AreEqual(folder["runs/001"], Path.GetFullPath(copy.Vision.Runs!.Single().Folder, place));

        XElement written = XElement.Load(files[0]);
        string[] nested = [.. written.Descendants("DependentUpon").Select(item => item.Value)];
        Assert.IsTrue(nested.Length == 5 && nested.All(item => item == "my scenes.mbconfig"), string.Join(", ", nested));
        Assert.AreEqual("PreserveNewest", written.Descendants("None").Single(item => item.Attribute("Update")!.Value == "my scenes.mlnet").Attribute("CopyToOutputDirectory")!.Value);
        Assert.IsTrue(written.Descendants("PackageReference").Where(item => item.Attribute("Include")!.Value.StartsWith("libtorch", StringComparison.Ordinal)).All(item => item.Attribute("Version")!.Value == LibtorchPackages.Version));
        Assert.Contains("namespace my_scenes_ConsoleApp1;", File.ReadAllText(Path.Combine(place, "my scenes.consumption.cs")));
    }

    [TestMethod]
    public void Write_WhereSomethingIs_ChangesNothingUnlessItIsOursAndAllowed()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = CreateScenes(folder, "scenes");
        var allowed = new ApplicationOptions { Overwrite = true };
        ApplicationCode.Write(project, ApplicationKind.WebApi, folder.Path);
        string program = folder["Scenes_WebApi1/Program.cs"];
        Assert.Contains("AddMLNetVision(\"scenes.mlnet\")", File.ReadAllText(program));
        Assert.Contains("is there already", Assert.ThrowsExactly<InvalidOperationException>(() => ApplicationCode.Write(project, ApplicationKind.WebApi, folder.Path)).Message);
        File.AppendAllText(program, "// more");
        ApplicationCode.Write(project, ApplicationKind.WebApi, folder.Path, allowed);
        Assert.DoesNotContain("// more", File.ReadAllText(program));
        File.WriteAllText(program, "// mine alone");
        Assert.Contains(program, Assert.ThrowsExactly<InvalidOperationException>(() => ApplicationCode.Write(project, ApplicationKind.WebApi, folder.Path, allowed)).Message);
        Assert.AreEqual("// mine alone", File.ReadAllText(program));

        File.WriteAllText(folder["Other/scenes.mlnet"], "somebody's");
        Assert.Contains("scenes.mlnet", Assert.ThrowsExactly<InvalidOperationException>(() => ApplicationCode.Write(project, ApplicationKind.WebApi, folder.Path, new ApplicationOptions { Name = "Other", Overwrite = true })).Message);
        Assert.HasCount(1, Directory.GetFiles(folder["Other"]));
    }

    [TestMethod]
    public async Task New_OnTheCommandLine_WritesAndSaysWhere()
    {
        using var folder = new TemporaryFolder();
        CreateScenes(folder, "scenes").Save();
        FreshProcessResult done = await CliRun.InProcessAsync("new", "console", "--training-config", folder["scenes.mbconfig"], "--output", folder["x"], "--name", "My App", "--namespace", "Garden.Scenes", "--json");
        Assert.AreEqual(0, done.ExitCode, done.Error);
        Assert.AreEqual(folder["x/My_App/My_App.csproj"], CliRun.Json(done).GetProperty("project").GetString());
        Assert.Contains("global::Garden.Scenes.Scenes.Predict(", File.ReadAllText(folder["x/My_App/Program.cs"]));
        FreshProcessResult again = await CliRun.InProcessAsync("new", "console", "--training-config", folder["scenes.mbconfig"], "--output", folder["x"], "--name", "My App");
        Assert.AreEqual(2, again.ExitCode);
        Assert.Contains("--overwrite", again.Error);
        File.Delete(folder["scenes.mlnet"]);
        Assert.AreEqual(4, (await CliRun.InProcessAsync("new", "webapi", "--training-config", folder["scenes.mbconfig"])).ExitCode);
        Assert.AreEqual(3, (await CliRun.InProcessAsync("new", "webapi", "--training-config", folder["none.mbconfig"])).ExitCode);
    }

    // A pretrained network, as a model that was trained elsewhere.
    private static TrainingProject CreateScenes(TemporaryFolder folder, string name)
    {
        var ml = new MLContext();
        IDataView rows = ml.Data.LoadFromEnumerable(new[] { new SegmentedImage() });
        using Mask2FormerTransformer model = ml.Transforms.ApplyMask2Former(Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes"), SegmentationTask.Semantic).Fit(rows);
        ml.Model.SaveModel(model, null, folder[name + ".mlnet"]);
        TrainingProject project = TrainingProject.Create(folder[name + ".mbconfig"], "ObjectDetection", "Coco", Scenes);
        project.Vision = project.Vision with { Task = "semantic", Data = new VisionData { TestPath = "held out/panoptic.json" } };
        project.AddRun(new VisionRun { Folder = "runs/001", ModelFile = name + ".mlnet" });
        return project;
    }
}
