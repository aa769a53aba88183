using MLNetVision.Imaging.Pictures;
using MLNetVision.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Projects;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Projects.Runs;

/// <summary>Projects that are trained in a second or two.</summary>
internal static class SmallProjects
{
    /// <summary>Digits in folders: three classes of ten pictures.</summary>
    public static string Digits(TemporaryFolder folder, string place = "digits", int skip = 0)
    {
        foreach (string label in new[] { "0", "1", "7" })
        {
            string source = Path.Combine(Goldens.RepositoryFolder(), "datasets", "digits", "train", label);
            Directory.CreateDirectory(folder[$"{place}/{label}"]);
            foreach (string file in Directory.EnumerateFiles(source).Order(StringComparer.Ordinal).Skip(skip).Take(10))
            {
                File.Copy(file, folder[$"{place}/{label}/{Path.GetFileName(file)}"]);
            }
        }

        return folder[place];
    }

    public static string Scenes { get; } = Path.Combine(Goldens.RepositoryFolder(), "datasets", "shape-scenes", "test", "panoptic.json");

    /// <summary>A classification of two epochs from new weights: tests ask no hub.</summary>
    public static TrainingProject Classification(TemporaryFolder folder, string data)
    {
        TrainingProject project = TrainingProject.Create(folder["Digits/Digits.mbconfig"], "ImageClassification", "Folder", data);
        project.Vision = new VisionBlock { Model = new VisionModel { Checkpoint = SmallLevit.Value }, Training = new VisionTraining { Epochs = 3, BatchSize = 8, LearningRate = 1e-3 }, Device = "cpu" };
        return project;
    }

    /// <summary>A segmentation of a few steps that starts from the small model.</summary>
    public static TrainingProject Segmentation(TemporaryFolder folder)
    {
        TrainingProject project = TrainingProject.Create(folder["Scenes/Scenes.mbconfig"], "ObjectDetection", "Coco", Scenes);
        project.Vision = new VisionBlock { Model = new VisionModel { Checkpoint = Starter }, Training = new VisionTraining { Steps = 3, BatchSize = 1 }, Device = "cpu" };
        project.Validation = new ProjectValidation(SplitRatio: 0.1);
        return project;
    }

    /// <summary>The folder of the small Mask2Former.</summary>
    public static string Starter { get; } = Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes");

    /// <summary>A checkpoint of a LeViT as small as the automatic one for digits.</summary>
    public static Lazy<string> SmallLevit { get; } = new(SaveLevit);

    private static string SaveLevit()
    {
        string folder = RunFolder.Shared("small-levit");
        var config = new LevitConfig { ImageSize = 32, HiddenSizes = [32, 64, 96], NumAttentionHeads = [2, 4, 6], Depths = [2, 2, 2], Labels = ["a", "b", "c"] };
        using var generator = new torch.Generator(5);
        using var model = new LevitModelParameters(
            LevitModelParameters.CreateModule(config, false, LevitInitialization.Original, generator), config,
            new LevitImageProcessorConfig { Size = ImageSize.Fixed(32, 32), DoCenterCrop = false });
        model.SavePretrained(folder);
        return folder;
    }
}
