using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;
using MLNetVision.Levit;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Projects;
using MLNetVision.Projects.Code;
using MLNetVision.Projects.Runs;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Mask2Former;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Projects.Code;

/// <summary>The written code of a trained model, compiled: it predicts what the model predicts, and trains the same weights again.</summary>
[TestClass]
public sealed class RetrainedModelTests
{
    private const string Scenes = "datasets/digit-scenes/test";

    private static readonly LevitConfig Small = new() { ImageSize = 32, HiddenSizes = [16, 24, 32], NumAttentionHeads = [1, 2, 2], KeyDim = [8, 8, 8], Depths = [1, 1, 1] };

    private readonly MLContext _ml = new();

    [TestMethod]
    public async Task Train_OfAClassification_GivesTheSameWeights()
    {
        using var folder = new TemporaryFolder();
        CopyDigits(folder);
        IDataView train = _ml.Data.LoadFromImageFolder(folder["pictures/train"]), validation = _ml.Data.LoadFromImageFolder(folder["pictures/check"]);
        var options = new LevitTrainer.Options
        {
            Config = Small,
            Preprocessing = new LevitImageProcessorConfig { Size = ImageSize.Fixed(32, 32), DoCenterCrop = false },
            ValidationSet = validation,
            Seed = 11,
            Training = new LevitTrainingOptions
            {
                Epochs = 3, BatchSize = 4, LearningRate = 2e-3, LearningRateBatchSize = null, ComputeThreads = 1, EarlyStoppingPatience = 2, WeightAverageDecay = 0.9, CheckpointFolder = folder["state"],
                Augmentation = ImageAugmentation.None with { Shift = 0.1, Rotation = 12, Fill = new RgbColor(1, 2, 3) },
            },
        };
        ITransformer trained = _ml.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(_ml.MulticlassClassification.Trainers.Levit(options))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(train);
        using var freed = (IDisposable)trained;
        _ml.Model.SaveModel(trained, train.Schema, folder["out/digits.mlnet"]);
        TrainingProject project = TrainingProject.Create(folder["out/digits.mbconfig"], "ImageClassification", "Folder", folder["pictures/train"]);
        project.Validation = new ProjectValidation(Path: folder["pictures/check"]);

        Type code = await WriteAndCompileAsync(project, folder["out"]);
        AssertSameWeights<LevitTransformer>(code, folder, trained, (levit, path) => levit.Model.SavePretrained(path));

        string picture = Directory.GetFiles(folder["pictures/check/3"])[0];
        object output = Predict(code, folder["out/digits.mlnet"], picture);
        string best = ((IEnumerable<KeyValuePair<string, float>>)code.GetMethod("GetSortedScoresWithLabels")!.Invoke(null, [output])!).First().Key;
        Assert.AreEqual(best, Value<string>(output, "PredictedLabel"));
        Assert.IsTrue(Value<bool>(output, "IsReadable"));
        Assert.HasCount(2, Value<float[]>(output, "Score"));
        Assert.IsFalse(Value<bool>(Predict(code, folder["out/digits.mlnet"], typeof(RetrainedModelTests).Assembly.Location), "IsReadable"), "a file that is no picture");
        object metrics = code.GetMethod("Evaluate", [typeof(string), typeof(string)])!.Invoke(null, [null, folder["report.html"]])!;
        Assert.IsTrue(File.Exists(folder["report.html"]) && metrics.ToString()!.Length > 0);
    }

    [TestMethod]
    public async Task Train_OfASegmentation_GivesTheSameWeights()
    {
        using var folder = new TemporaryFolder();
        string annotations = FewScenes(folder);
        IDataView train = _ml.Data.LoadSegmentation(annotations);
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(new Mask2FormerTrainer.Options
        {
            Checkpoint = Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes"),
            NumQueries = 9,
            Scoring = new SegmentationScoringOptions { Task = SegmentationTask.Instance, Threshold = 0.25 },
            Training = TrainingRows.Training with { Steps = 2, EvaluationSteps = 1 },
            ValidationSet = train,
            Seed = 3,
        }).Fit(train);
        Directory.CreateDirectory(folder["out"]);
        _ml.Model.SaveModel(trained, train.Schema, folder["out/my scenes.mlnet"]);
        TrainingProject project = TrainingProject.Create(folder["out/my scenes.mbconfig"], "ObjectDetection", "Coco", annotations);
        project.Validation = new ProjectValidation(Path: annotations);

        Type code = await WriteAndCompileAsync(project, folder["out"]);
        string text = File.ReadAllText(folder["out/my scenes.training.cs"]);
        Assert.Contains("Checkpoint = InProject(", text);
        Assert.Contains("EvaluationSteps = validationData is null ? null : 1", text);
        AssertSameWeights<Mask2FormerTransformer>(code, folder, trained, (model, path) => model.Model.SavePretrained(path));

        string picture = Path.Combine(Goldens.RepositoryFolder(), Scenes, "images", "0001.jpg");
        object output = Predict(code, folder["out/my scenes.mlnet"], picture);
        using PredictionEngine<SegmentedImage, SegmentationPrediction> engine = _ml.Model.CreatePredictionEngine<SegmentedImage, SegmentationPrediction>(trained, new PredictionEngineOptions { OwnsTransformer = false });
        SegmentationPrediction expected = engine.Predict(new SegmentedImage { Image = picture });
        CollectionAssert.AreEqual(expected.PredictedMasks, Value<string[]>(output, "PredictedMasks"));
        CollectionAssert.AreEqual(expected.PredictedClass, Value<string[]>(output, "PredictedLabel"));
        Assert.HasCount(expected.PredictedMasks.Length, ((SegmentationResult)output.GetType().GetMethod("ToResult")!.Invoke(output, null)!).Segments);
    }

    [TestMethod]
    [DataRow("one folder, of which a part is held out")]
    [DataRow("train and test, of which a part is held out")]
    [DataRow("train, val and test")]
    public async Task Train_OfAProjectsClassification_GivesTheSameWeights(string form)
    {
        using var folder = new TemporaryFolder();
        CopyDigits(folder);
        bool isDivided = form.StartsWith("train", StringComparison.Ordinal);
        if (isDivided)
        {
            Directory.Move(folder["pictures/check"], folder[form.Contains("val", StringComparison.Ordinal) ? "pictures/val" : "pictures/test"]);
        }

        TrainingProject project = TrainingProject.Create(folder["out/digits.mbconfig"], "ImageClassification", "Folder", isDivided ? folder["pictures"] : folder["pictures/train"]);
        project.Vision = project.Vision with
        {
            Model = new VisionModel { Checkpoint = Path.Combine(Goldens.RepositoryFolder(), "tests", "goldens", "checkpoints", "levit-safetensors") },
            Training = new VisionTraining { Epochs = 2, BatchSize = 4, Seed = 9, ClassWeights = "balanced" },
        };
        ProjectTraining.Run(project);
        Type code = await WriteAndCompileAsync(project, folder["out"]);
        Assert.AreEqual(!form.Contains("val", StringComparison.Ordinal), File.ReadAllText(folder["out/digits.training.cs"]).Contains("SplitPictures(", StringComparison.Ordinal));
        AssertSameAsCheckpoint<LevitTransformer>(code, folder, (levit, path) => levit.Model.SavePretrained(path));
    }

    [TestMethod]
    public async Task Train_OfAProjectsSegmentation_GivesTheSameWeights()
    {
        using var folder = new TemporaryFolder();
        TrainingProject project = TrainingProject.Create(folder["out/scenes.mbconfig"], "ObjectDetection", "Coco", FewScenes(folder));
        project.Vision = project.Vision with
        {
            Task = "panoptic",
            Model = new VisionModel { Checkpoint = Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes"), ImageSize = 64 },
            Training = new VisionTraining { Steps = 2, BatchSize = 2, LearningRate = 1e-3, Seed = 4 },
        };
        project.Validation = new ProjectValidation(SplitRatio: 0.5);
        ProjectTraining.Run(project);
        AssertSameAsCheckpoint<Mask2FormerTransformer>(await WriteAndCompileAsync(project, folder["out"]), folder, (model, path) => model.Model.SavePretrained(path));
    }

    // The folder that a training leaves beside its model.
    private static void AssertSameAsCheckpoint<TModel>(Type code, TemporaryFolder folder, Action<TModel, string> save)
        where TModel : ITransformer
    {
        ITransformer again = (ITransformer)code.GetMethod("Train")!.Invoke(null, [folder["again.mlnet"]])!;
        using var freed = (IDisposable)again;
        save(Network<TModel>(again), folder["again"]);
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["out/checkpoint/model.safetensors"]), File.ReadAllBytes(folder["again/model.safetensors"]));
    }

    private static async Task<Type> WriteAndCompileAsync(TrainingProject project, string folder)
    {
        IReadOnlyList<string> files = ProjectCode.Write(project, folder);
        Assembly assembly = await CompiledCode.LoadAsync(folder, files);
        return assembly.GetTypes().Single(type => type.GetMethod("RetrainModel") is not null);
    }

    private static void AssertSameWeights<TModel>(Type code, TemporaryFolder folder, ITransformer trained, Action<TModel, string> save)
        where TModel : ITransformer
    {
        ITransformer again = (ITransformer)code.GetMethod("Train")!.Invoke(null, [folder["again.mlnet"]])!;
        using var freed = (IDisposable)again;
        save(Network<TModel>(trained), folder["first"]);
        save(Network<TModel>(again), folder["second"]);
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["first/model.safetensors"]), File.ReadAllBytes(folder["second/model.safetensors"]));
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["first/config.json"]), File.ReadAllBytes(folder["second/config.json"]));
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["first/preprocessor_config.json"]), File.ReadAllBytes(folder["second/preprocessor_config.json"]));
        Assert.IsTrue(File.Exists(folder["again.mlnet"]));
    }

    private static TModel Network<TModel>(ITransformer model) => model is IEnumerable<ITransformer> chain ? chain.OfType<TModel>().Single() : (TModel)model;

    private static object Predict(Type code, string model, string picture)
    {
        code.GetProperty("MLNetModelPath")!.SetValue(null, model);
        object input = code.GetNestedType("ModelInput")!.GetMethod("FromFile")!.Invoke(null, [picture])!;
        return code.GetMethod("Predict")!.Invoke(null, [input])!;
    }

    private static TValue Value<TValue>(object output, string property) => (TValue)output.GetType().GetProperty(property)!.GetValue(output)!;

    // Two scenes to learn and to be measured on.
    private string FewScenes(TemporaryFolder folder)
    {
        string scenes = Path.Combine(Goldens.RepositoryFolder(), Scenes);
        IDataView two = _ml.Data.TakeRows(_ml.Data.LoadFromCocoPanoptic(Path.Combine(scenes, "panoptic.json"), Path.Combine(scenes, "images")), 2);
        _ml.Data.SaveToCocoPanoptic(two, folder["scenes/panoptic.json"]);
        Directory.CreateDirectory(folder["scenes/images"]);
        foreach (string picture in two.GetColumn<string>("Image"))
        {
            File.Copy(picture, folder[$"scenes/images/{Path.GetFileName(picture)}"]);
        }

        return folder["scenes/panoptic.json"];
    }

    private static void CopyDigits(TemporaryFolder folder)
    {
        foreach ((string set, int skip, int count) in ((string, int, int)[])[("train", 0, 6), ("check", 6, 2)])
        {
            foreach (string digit in (string[])["3", "8"])
            {
                Directory.CreateDirectory(folder[$"pictures/{set}/{digit}"]);
                string[] all = [.. Directory.GetFiles(Path.Combine(Goldens.RepositoryFolder(), "datasets", "digits", "train", digit)).Order(StringComparer.Ordinal)];
                foreach (string file in all.Skip(skip).Take(count))
                {
                    File.Copy(file, folder[$"pictures/{set}/{digit}/{Path.GetFileName(file)}"]);
                }
            }
        }
    }
}
