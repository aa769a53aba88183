using MLNetVision.Projects;
using MLNetVision.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Projects.Runs;

/// <summary>What Model Builder's own nodes say of a training.</summary>
[TestClass]
public sealed class ProjectSettingsTests
{
    [TestMethod]
    public void Training_EpochsOfModelBuilder_CountWhereTheBlockCountsNone()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Segmentation(folder);
        project.Epochs = 7;
        Assert.AreEqual((null, 3), (new ProjectSettings(project).Training.Epochs, new ProjectSettings(project).Training.Steps), "the block goes first");
        project.Vision = project.Vision with { Training = new VisionTraining { BatchSize = 2 } };
        Assert.AreEqual((7, 2), (new ProjectSettings(project).Training.Epochs, new ProjectSettings(project).Training.BatchSize));
        project.Vision = project.Vision with { Training = null };
        Assert.AreEqual(7, new ProjectSettings(project).Training.Epochs);

        // Of 20 pictures a tenth is held out, and the automatic batch is 8.
        Assert.AreEqual((long)Math.Ceiling(7 * ProjectTraining.Resolve(project).Data.Sets[0].RowCount / 8.0), ProjectTraining.Resolve(project).Steps);
        project.Epochs = 0;
        Assert.IsNull(new ProjectSettings(project).Training.Epochs, "which Model Builder writes for no number");
    }

    [TestMethod]
    public void NotTaken_OfModelBuildersNetwork_IsSaid()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = SmallProjects.Segmentation(folder);
        Assert.IsEmpty(new ProjectSettings(project).NotTaken());
        (project.ImageSize, project.IouThreshold, project.OptimizeMetric) = ((800, 600), 0.5, "mAP50");
        var warnings = new List<string>();
        ProjectTraining.Resolve(project, new ProjectTrainingOptions { Warning = warnings.Add });
        foreach (string word in new[] { "ResizeOption (800×600)", "IOUThreshold (0.5)", "OptimizeMetric is mAP50;" })
        {
            Assert.IsTrue(warnings.Exists(warning => warning.StartsWith(word, StringComparison.Ordinal)), word);
        }
    }
}
