using MLNetVision.Imaging.Augmentation;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Projects;
using MLNetVision.Projects.Runs;
using MLNetVision.Tests.Support;
using MLNetVision.Training;
using TorchSharp;

namespace MLNetVision.Tests.Projects.Runs;

/// <summary>What is not trained, and how pictures are varied, by a word of the project.</summary>
[TestClass]
public sealed class ProjectChoicesTests
{
    [TestMethod]
    [DataRow("backbone", 0)]
    [DataRow("1", 2)]
    public void Run_ClassifierFrozen_TrainsTheRestAlone(string freeze, int lastFrozenStages)
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        project.Vision = project.Vision with { Training = project.Vision.Training! with { Freeze = freeze } };
        ProjectTrainingResult result = ProjectTraining.Run(project);

        Dictionary<string, float[]> before = Weights(SmallProjects.SmallLevit.Value), after = Weights(result.CheckpointFolder);
        bool Same(string name) => before[name].AsSpan().SequenceEqual(after[name]);
        string[] matrices = [.. before.Keys.Where(name => name.EndsWith("weight", StringComparison.Ordinal))];
        Assert.IsTrue(matrices.Where(name => name.StartsWith("levit.patch_embeddings", StringComparison.Ordinal) || name.StartsWith("levit.encoder.stages.0.", StringComparison.Ordinal)).All(Same));
        Assert.AreEqual(lastFrozenStages == 0, matrices.Where(name => name.StartsWith("levit.encoder.stages.2.", StringComparison.Ordinal)).All(Same));
        Assert.IsFalse(matrices.Where(name => name.StartsWith("classifier", StringComparison.Ordinal)).All(Same), "the head learns");
        Assert.AreEqual(freeze, TrainingProject.Load(project.Path).Vision.Training!.Freeze);
    }

    [TestMethod]
    public void Run_SegmenterFrozen_KeepsTheBackbone()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Segmentation(folder);
        project.Vision = project.Vision with { Training = project.Vision.Training! with { Freeze = "backbone" } };
        ProjectTrainingResult result = ProjectTraining.Run(project);
        Dictionary<string, float[]> before = Weights(SmallProjects.Starter), after = Weights(result.CheckpointFolder);
        string[] backbone = [.. before.Keys.Where(name => name.Contains("encoder.", StringComparison.Ordinal) && name.Contains("pixel_level_module.encoder", StringComparison.Ordinal))];
        Assert.IsNotEmpty(backbone);
        Assert.IsTrue(backbone.All(name => before[name].AsSpan().SequenceEqual(after[name])));
        Assert.IsFalse(before.Keys.Where(name => name.Contains("transformer_module", StringComparison.Ordinal)).All(name => before[name].AsSpan().SequenceEqual(after[name])));
    }

    [TestMethod]
    public void Run_FreezeThatCannotBe_IsRefused()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        project.Vision = project.Vision with { Training = project.Vision.Training! with { Freeze = "head" } };
        Assert.Contains("none or backbone, or the number of stages", Assert.ThrowsExactly<InvalidDataException>(() => ProjectTraining.Run(project)).Message);
        project.Vision = project.Vision with { Training = project.Vision.Training! with { Freeze = "4" } };
        Assert.Contains("4 stages are to stay as they are", Assert.ThrowsExactly<InvalidDataException>(() => ProjectTraining.Run(project)).Message);
        project.Vision = project.Vision with { Training = project.Vision.Training! with { Freeze = "backbone" } };
        Assert.Contains("new weights", Assert.ThrowsExactly<InvalidDataException>(() => new ProjectSettings(project).CheckFreeze(TrainingStart.FromScratch("no hub", null))).Message);
    }

    [TestMethod]
    public void Vary_Words_MeanTheirRecipes()
    {
        var usual = new ImageAugmentation { ColorJitter = 0.2 };
        Assert.AreSame(usual, ProjectChoices.Vary(usual, null));
        Assert.AreSame(usual, ProjectChoices.Vary(usual, "default"));
        Assert.AreEqual(ImageAugmentation.None, ProjectChoices.Vary(usual, "none"));
        Assert.AreEqual(usual with { HorizontalFlip = 0 }, ProjectChoices.Vary(usual, "no-mirror"));
        Assert.AreEqual(ImageAugmentation.OriginalRecipe, ProjectChoices.Vary(usual, "strong"));
        Assert.AreEqual(0, ProjectChoices.Vary(usual with { HorizontalFlip = 0 }, "strong").HorizontalFlip, "writing is not mirrored by a stronger recipe either");
        var scenes = new SegmentationAugmentation { CropHeight = 128, CropWidth = 128, ColorJitter = 0.2 };
        Assert.AreEqual((1.0, 1.0, 0.0, 0.0, 128), ProjectChoices.Vary(scenes, "none") is var none ? (none.MinimumScale, none.MaximumScale, none.FlipProbability, none.ColorJitter, none.CropHeight) : default);
        Assert.AreEqual((0.5, 2.0), ProjectChoices.Vary(scenes, "strong") is var strong ? (strong.MinimumScale, strong.MaximumScale) : default);
        Assert.AreEqual(scenes with { FlipProbability = 0 }, ProjectChoices.Vary(scenes, "no-mirror"));
        Assert.AreEqual(3, ProjectChoices.Freeze(new LevitTrainingOptions(), "3").FrozenStages);
    }

    [TestMethod]
    public void Run_AugmentationNone_IsWhatTheRecordSays()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Classification(folder, SmallProjects.Digits(folder));
        project.Vision = project.Vision with { Training = project.Vision.Training! with { Augmentation = "none" } };
        ProjectTrainingResult result = ProjectTraining.Run(project);
        Assert.AreEqual(0, result.Record.Settings.GetProperty("Training").GetProperty("Augmentation").GetProperty("Rotation").GetDouble());
        Assert.Contains("\"Augmentation\": \"none\"", File.ReadAllText(project.Path));
    }

    private static Dictionary<string, float[]> Weights(string checkpoint)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(checkpoint, "model.safetensors"));
        var weights = new Dictionary<string, float[]>();
        foreach (string name in file.Entries.Select(entry => entry.Name).Where(name => name.EndsWith("weight", StringComparison.Ordinal)))
        {
            using torch.Tensor tensor = file.Read(name);
            weights[name] = tensor.data<float>().ToArray();
        }

        return weights;
    }
}
