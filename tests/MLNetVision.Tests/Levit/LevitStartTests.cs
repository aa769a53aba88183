using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Levit;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Support;
using MLNetVision.Training;
using TorchSharp;

namespace MLNetVision.Tests.Levit;

/// <summary>What a training starts from, what follows from the data, and what is said of it.</summary>
[TestClass]
public sealed class LevitStartTests
{
    private static readonly LevitTrainingOptions Short = ConformanceSubjects.Options("Label").Training! with { Epochs = 1 };

    private readonly MLContext _ml = new(seed: 1);

    private IDataView Data => ConformanceData.Create(_ml, PictureForm.Paths);

    [TestMethod]
    public void Start_WithoutACheckpointInReach_IsNewWeightsWithAWarning()
    {
        using var folder = new TemporaryFolder();
        using var log = new LogRecorder(_ml);
        var options = new LevitTrainer.Options { Hub = Nowhere(folder), AdjustTraining = recipe => recipe with { Epochs = 1 } };
        LevitTrainingPlan plan = options.Resolve(Data);
        Assert.AreEqual(TrainingStartKind.Scratch, plan.Start.Kind);
        using LevitTransformer trained = _ml.MulticlassClassification.Trainers.Levit(options).Fit(Data);
        Assert.AreEqual(plan.ToString(), trained.TrainingPlan!.ToString());
        Assert.AreEqual(plan.Start.ToString(), trained.Model.Training!.Start);
        Assert.IsTrue(log.Infos.Any(text => text.EndsWith(plan.ToString(), StringComparison.Ordinal)), string.Join("\n", log.Infos));
        string warning = log.Warnings.Single(text => text.Contains("new weights", StringComparison.Ordinal));
        StringAssert.Contains(warning, "facebook/levit-128S is not in the cache");
        StringAssert.Contains(warning, "FromScratch");
    }

    [TestMethod]
    public void Start_FromScratch_AsksNobodyAndWarnsOfNothing()
    {
        using var log = new LogRecorder(_ml);
        using LevitTransformer trained = _ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options { FromScratch = true, AdjustTraining = recipe => recipe with { Epochs = 1 } }).Fit(Data);
        Assert.AreEqual((TrainingStartKind.Scratch, "asked for by FromScratch"), (trained.TrainingPlan!.Start.Kind, trained.TrainingPlan.Start.Reason));
        Assert.IsFalse(log.Warnings.Any(text => text.Contains("new weights", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Start_PublishedCheckpointInTheCache_IsTaken()
    {
        using var folder = new TemporaryFolder();
        HubCacheLayout.Add(folder.Path, "facebook/levit-128S", snapshot => Copy(ConformanceSubjects.CheckpointFolder, snapshot));
        LevitTrainingPlan plan = new LevitTrainer.Options { Hub = Nowhere(folder) }.Resolve(Data);
        Assert.AreEqual((TrainingStartKind.Published, "facebook/levit-128S", "in the cache"), (plan.Start.Kind, plan.Start.Name, plan.Start.Reason));
        Assert.IsNull(plan.Start.Advice);
        Assert.AreEqual(ConformanceSubjects.SmallConfig.ImageSize, plan.Network.ImageSize);
        CollectionAssert.AreEqual(new[] { "cat", "dog", "owl" }, plan.Network.Labels.ToArray());
    }

    // Two heads, a thousand classes, settings of a feature extractor: what facebook/levit-128S has and the data have not is no news.
    [TestMethod]
    public void Start_PublishedCheckpointAsItIsPublished_TrainsWithoutAWarning()
    {
        using var folder = new TemporaryFolder();
        using var log = new LogRecorder(_ml);
        HubCacheLayout.Add(folder.Path, "facebook/levit-128S", snapshot =>
        {
            using (var published = new LevitForImageClassificationWithTeacher(ConformanceSubjects.SmallConfig with { Labels = LevitConfig.DefaultLabels(1000) }))
            {
                published.SavePretrained(snapshot);
            }

            File.WriteAllText(
                Path.Combine(snapshot, "preprocessor_config.json"),
                """{"do_center_crop": true, "do_normalize": true, "do_resize": true, "feature_extractor_type": "LevitFeatureExtractor", "resample": 3, "size": 64, "crop_size": 64}""");
        });
        IDataView data = Data;
        using (LevitTransformer trained = _ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options { Hub = Nowhere(folder), AdjustTraining = recipe => recipe with { Epochs = 1 } }).Fit(data))
        {
            Assert.AreEqual(TrainingStartKind.Published, trained.TrainingPlan!.Start.Kind);
            _ml.Model.Save(trained, data.Schema, folder["model.zip"]);
        }

        Assert.IsEmpty(log.Warnings, string.Join("\n", log.Warnings));
        Assert.IsTrue(log.Infos.Any(text => text.Contains("classifier.linear.weight [1000, ", StringComparison.Ordinal)), string.Join("\n", log.Infos));
        Assert.IsTrue(log.Infos.Any(text => text.Contains("classifier_distill", StringComparison.Ordinal)));
        Assert.AreEqual(3, _ml.Data.CreateEnumerable<Scored>(_ml.Model.Load(folder["model.zip"], out _).Transform(data), reuseRowObject: false).First().Score.Length);
    }

    [TestMethod]
    public void Recipe_OfDigits_FollowsTheirSizeNumberAndNames()
    {
        var options = new LevitTrainer.Options { FromScratch = true };
        IDataView digits = _ml.Data.LoadFromImageFolder(Path.Combine(Goldens.RepositoryFolder(), "datasets", "digits", "train"));
        digits = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(digits).Transform(digits);
        LevitTrainingPlan plan = options.Resolve(digits);
        Assert.AreEqual((32, 59, 64, 0.0), (plan.Network.ImageSize, plan.Training.Epochs, plan.Training.BatchSize, plan.Training.Augmentation.HorizontalFlip));
        Assert.AreEqual(100, options.Resolve(_ml.Data.TakeRows(digits, 100)).Training.Epochs);
        Assert.AreEqual(16, options.Resolve(_ml.Data.TakeRows(digits, 100)).Training.BatchSize);
    }

    [TestMethod]
    public void Checkpoint_ModelFileOrTransformer_GivesTheWeightsOfItsNetwork()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Data;
        using LevitTransformer first = _ml.MulticlassClassification.Trainers.Levit(ConformanceSubjects.Options("Label")).Fit(data);
        ITransformer chain = first.Append(_ml.Transforms.CopyColumns("Copy", "Score").Fit(first.Transform(data)));
        _ml.Model.Save(chain, data.Schema, folder["model.zip"]);
        var training = Short with { LearningRate = 1e-12, FrozenStages = 3, WeightDecay = 0 };
        using LevitTransformer ofFile = _ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options { Checkpoint = folder["model.zip"], Training = training }).Fit(data);
        using LevitTransformer ofModel = _ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options { StartModel = chain, Training = training }).Fit(data);
        Assert.AreEqual((TrainingStartKind.Checkpoint, TrainingStartKind.Transformer), (ofFile.TrainingPlan!.Start.Kind, ofModel.TrainingPlan!.Start.Kind));
        Dictionary<string, torch.Tensor> expected = first.Model.Module.state_dict();
        foreach (LevitTransformer second in new[] { ofFile, ofModel })
        {
            Dictionary<string, torch.Tensor> actual = second.Model.Module.state_dict();
            Assert.IsTrue(actual.Where(item => item.Key.Contains("encoder", StringComparison.Ordinal)).All(item => expected[item.Key].equal(item.Value).all().item<bool>()));
        }
    }

    [TestMethod]
    public void Checkpoint_OfAnotherModel_SaysWhichBeforeAPictureIsRead()
    {
        using var folder = new TemporaryFolder();
        IDataView unread = _ml.Transforms.CustomMapping<Unread, Unread>((_, _) => throw new InvalidOperationException("read"), null).Fit(Data).Transform(Data);
        Assert.IsNotNull(unread);
        var options = new LevitTrainer.Options { Checkpoint = ConformanceSubjects.SegmenterFolder };
        string message = Assert.ThrowsExactly<InvalidDataException>(() => _ml.MulticlassClassification.Trainers.Levit(options).Fit(unread)).Message;
        StringAssert.Contains(message, "holds a Mask2Former");
        StringAssert.Contains(message, "expected a LeViT");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Transforms.ApplyLevit(ConformanceSubjects.SegmenterFolder)).Message, "holds a Mask2Former");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Transforms.ApplyMask2Former(ConformanceSubjects.CheckpointFolder)).Message, "holds a LeViT");

        ITransformer other = _ml.Transforms.CopyColumns("Copy", "Image").Fit(Data);
        _ml.Model.Save(other, Data.Schema, folder["other.zip"]);
        message = Assert.ThrowsExactly<InvalidDataException>(() => _ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options { Checkpoint = folder["other.zip"] }).Fit(unread)).Message;
        StringAssert.Contains(message, "has no LevitTransformer; it has ColumnCopyingTransformer");
        Assert.ThrowsExactly<ArgumentException>(() => _ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options { StartModel = other }).Fit(unread));
    }

    [TestMethod]
    public void NewHead_OfACheckpoint_IsInformation()
    {
        using var log = new LogRecorder(_ml);
        IDataView two = _ml.Transforms.Conversion.MapValueToKey("Label", "Name").Fit(_ml.Data.TakeRows(Data, 2)).Transform(Data);
        using LevitTransformer trained = _ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options { Checkpoint = ConformanceSubjects.CheckpointFolder, Training = Short }).Fit(two);
        Assert.IsTrue(log.Infos.Any(text => text.Contains("classifier.linear.weight", StringComparison.Ordinal)));
        Assert.IsFalse(log.Warnings.Any(text => text.Contains("classifier.linear.weight", StringComparison.Ordinal)), string.Join("\n", log.Warnings));
    }

    [TestMethod]
    public void Options_ThatContradict_AreNamed()
    {
        void Refused(string part, LevitTrainer.Options options) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => _ml.MulticlassClassification.Trainers.Levit(options)).Message, part);
        Refused("Checkpoint and FromScratch", new() { Checkpoint = "x", FromScratch = true });
        Refused("Training and AdjustTraining", new() { Training = new(), AdjustTraining = recipe => recipe });
        Refused("Checkpoint and StartModel", new() { Checkpoint = "x", StartModel = _ml.Transforms.CopyColumns("Copy", "Image").Fit(Data) });
        Refused("StartModel and Config", new() { StartModel = _ml.Transforms.CopyColumns("Copy", "Image").Fit(Data), Config = new LevitConfig() });
    }

    private static HubOptions Nowhere(TemporaryFolder cache) => new() { CacheFolder = cache.Path, Endpoint = new Uri("http://127.0.0.1:9"), Timeout = TimeSpan.FromSeconds(1) };

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class Unread
    {
        [ColumnName("Image")]
        public string Image { get; set; } = string.Empty;
    }
}
