using System.Reflection;
using System.Text.RegularExpressions;
using MLNetVision.Projects;
using MLNetVision.Projects.Code;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Projects.Code;

[TestClass]
public sealed partial class ProjectCodeTests
{
    [TestMethod]
    [DataRow("digits", "Digits")]
    [DataRow("Digits", "Digits")]
    [DataRow("my-model 2", "my_model_2")]
    [DataRow("3d", "_3d")]
    [DataRow("class", "Class")]
    [DataRow("record", "Record")]
    [DataRow("Blätter", "Blätter")]
    [DataRow("葉", "葉")]
    [DataRow("🌿", "Model")]
    [DataRow("-", "Model")]
    [DataRow("a.b", "a_b")]
    [DataRow("Predict", "PredictModel")]
    [DataRow("path", "PathModel")]
    [DataRow("MLContext", "MLContextModel")]
    public void ClassName_OfAnyFile_IsOneThatCSharpTakes(string name, string expected) => Assert.AreEqual(expected, CSharpText.ClassName(name));

    [TestMethod]
    public void Literal_OfAnyText_IsReadAsThatText()
    {
        Assert.AreEqual("\"a\\\"b\\\\c\\n\\u0000\\u202e\\ud83c\\udf3fé\"", CSharpText.Literal("a\"b\\c\n\0\u202E🌿é"));
        Assert.AreEqual("\"{x}\"", CSharpText.Literal("{x}"));
    }

    [TestMethod]
    public async Task Write_AnyNamesTasksAndPaths_CompilesWithoutAWarning()
    {
        using var folder = new TemporaryFolder();
        var written = new List<string>();
        string[] names = ["my-model 2", "3d", "class", "Predict", "Path", "System", "Blätter {0} 🌿", "SegmentationTask"];
        for (int i = 0; i < names.Length; i++)
        {
            foreach (string? task in (string?[])[null, "semantic", "instance", "panoptic"])
            {
                string place = folder[$"{i}{task}"];
                TrainingProject project = Create(Path.Combine(place, names[i] + ".mbconfig"), task, Path.Combine(place, "da\"ta\\ \u202E{x}"));
                written.AddRange(ProjectCode.Write(project, place, new ProjectCodeOptions { Namespace = $"{task ?? "0 classes"}.{i}.event" }));
            }
        }

        Assembly assembly = await CompiledCode.LoadAsync(folder.Path, written);
        Type type = assembly.GetType("_0_classes._0.Event.my_model_2", throwOnError: true)!;
        Assert.AreEqual(folder[Path.Combine("0", "da\"ta\\ \u202E{x}")], Get(type, "RetrainFilePath"));
        Assert.AreEqual(Path.Combine(AppContext.BaseDirectory, "my-model 2.mlnet"), Get(type, "MLNetModelPath"));
        string[] expected = ["BuildPipeline", "Evaluate", "GetSortedScoresWithLabels", "LoadData", "LoadImageFromFolder", "Predict", "PredictAllLabels", "RetrainModel", "SaveModel", "Train"];
        CollectionAssert.IsSubsetOf(expected, type.GetMethods().Select(method => method.Name).ToArray());
        CollectionAssert.IsSubsetOf((string[])["ModelInput", "ModelOutput"], type.GetNestedTypes().Select(nested => nested.Name).ToArray());
    }

    [TestMethod]
    public void Write_AllNamesThatTheCodeSays_AreKeptFromClasses()
    {
        using var folder = new TemporaryFolder();
        foreach (string? task in (string?[])[null, "semantic", "instance", "panoptic"])
        {
            TrainingProject project = Create(folder["Zzz.mbconfig"], task, folder["data"]);
            foreach (string file in ProjectCode.Write(project, folder.Path))
            {
                string code = WithoutTexts().Replace(File.ReadAllText(file), " ");
                string[] open = [.. Word().Matches(code).Select(match => match.Value).Where(word => word is not ("Zzz" or "Zzz_Model") && CSharpText.ClassName(word) == word).Distinct()];
                Assert.IsEmpty(open, $"A class of one of these names would be meant in {Path.GetFileName(file)}: {string.Join(", ", open)}");
            }
        }
    }

    [TestMethod]
    public async Task Write_AgainAfterTheUserAddedAPart_KeepsItAndCompiles()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = Create(folder["leaves.mbconfig"], null, folder["data"]);
        ProjectCode.Write(project, folder.Path);
        string own = "namespace Leaves_Model;\n\n/// <summary>Mine.</summary>\npublic partial class Leaves\n{\n    /// <summary>Mine.</summary>\n    public static string Best(ModelInput picture) => Predict(picture).PredictedLabel;\n}\n";
        File.WriteAllText(folder["leaves.cs"], own);
        project.Vision = project.Vision with { Training = new VisionTraining { Epochs = 7, LearningRate = 0.25, ClassWeights = "balanced" } };
        IReadOnlyList<string> written = ProjectCode.Write(project, folder.Path);
        Assert.AreEqual(own, File.ReadAllText(folder["leaves.cs"]));
        Assert.Contains("recipe => recipe with { Epochs = 7, LearningRate = 0.25, LearningRateBatchSize = null, BalanceClasses = true }", File.ReadAllText(folder["leaves.training.cs"]));
        await CompiledCode.LoadAsync(folder.Path, [.. written, folder["leaves.cs"]]);
    }

    [TestMethod]
    public void Write_OverAForeignFile_IsRefusedAndWritesNothing()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = Create(folder["leaves.mbconfig"], null, folder["data"]);
        File.WriteAllText(folder["leaves.evaluate.cs"], "// mine");
        string message = Assert.ThrowsExactly<InvalidOperationException>(() => ProjectCode.Write(project, folder.Path)).Message;
        Assert.Contains(folder["leaves.evaluate.cs"], message);
        Assert.AreEqual("// mine", File.ReadAllText(folder["leaves.evaluate.cs"]));
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public void Write_ForAProjectOfTables_SaysWhatIsExpected()
    {
        TrainingProject project = TrainingProject.Load(Path.Combine(Goldens.RepositoryFolder(), "tests", "cases", "mbconfig", "v5-text.mbconfig"));
        using var folder = new TemporaryFolder();
        string message = Assert.ThrowsExactly<NotSupportedException>(() => ProjectCode.Write(project, folder.Path)).Message;
        Assert.Contains("TextClassification", message);
        Assert.Contains("ImageClassification", message);
    }

    private static TrainingProject Create(string path, string? task, string data)
    {
        TrainingProject project = TrainingProject.Create(path, task is null ? "ImageClassification" : "ObjectDetection", task is null ? "Folder" : "Coco", data);
        project.Vision = project.Vision with { Task = task };
        return project;
    }

    private static object? Get(Type type, string property) => type.GetProperty(property)!.GetValue(null);

    [GeneratedRegex("//[^\n]*|\"\"\".*?\"\"\"|\"(\\\\.|[^\"\\\\])*\"|^using [^\n]*|#[^\n]*|namespace [^\n]*|\\.[A-Za-z0-9_]+|[A-Za-z]+(?= [=:] )", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex WithoutTexts();

    [GeneratedRegex("\\b[A-Z][A-Za-z0-9_]*\\b")]
    private static partial Regex Word();
}
