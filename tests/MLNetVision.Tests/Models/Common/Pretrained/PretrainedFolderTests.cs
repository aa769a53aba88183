using MLNetVision.Imaging.Files;
using MLNetVision.Models.Common.Checkpoints.Formats;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Tests.Models.Common.Checkpoints;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Pretrained;

[TestClass]
public sealed class PretrainedFolderTests
{
    private static readonly LevitConfig Small = new()
    {
        ImageSize = 32, HiddenSizes = [16, 16, 16], NumAttentionHeads = [1, 1, 1], Depths = [1, 1, 1], KeyDim = [8, 8, 8], Labels = ["a", "b", "c"], TransformersVersion = "4.37.2",
    };

    private static readonly PretrainedOptions Quiet = new() { Warning = _ => { } };

    [TestMethod]
    public void Save_Model_WritesWhatTransformersReads()
    {
        using var folder = new TemporaryFolder();
        using var model = new LevitForImageClassification(Small);
        model.SavePretrained(folder["new/model"], new SaveOptions { PreprocessorJson = "{\"crop_size\": 32}\n" });
        CollectionAssert.AreEquivalent(
            new[] { "config.json", "model.safetensors", "preprocessor_config.json" }, Directory.GetFiles(folder["new/model"]).Select(Path.GetFileName).ToArray());
        LevitConfig config = LevitConfig.FromFile(folder["new/model"]);
        CollectionAssert.AreEqual(new[] { "LevitForImageClassification" }, config.Architectures!.ToArray());
        Assert.AreEqual("float32", config.TorchDType);
        Assert.AreEqual("4.37.2", config.TransformersVersion);
        using SafetensorsFile file = SafetensorsFile.Open(folder["new/model/model.safetensors"]);
        Assert.AreEqual("pt", file.Metadata["format"]);
        Assert.AreEqual("{\"crop_size\": 32}\n", File.ReadAllText(folder["new/model/preprocessor_config.json"]));
    }

    [TestMethod]
    public void Save_HalfPrecision_SaysSoInTheConfig()
    {
        using var folder = new TemporaryFolder();
        using var model = new LevitForImageClassification(Small);
        model.to(bfloat16);
        model.SavePretrained(folder["m"]);
        Assert.AreEqual("bfloat16", LevitConfig.FromFile(folder["m"]).TorchDType);
        using var loaded = LevitForImageClassification.FromPretrained(folder["m"], out LoadReport report, Quiet);
        Assert.IsGreaterThan(50, report.Converted.Count);
    }

    [TestMethod]
    public void Save_OverAnOlderModel_ReplacesItsWeightsAndKeepsTheRest()
    {
        using var folder = new TemporaryFolder();
        using var model = new LevitForImageClassification(Small);
        model.SavePretrained(folder["m"], new SaveOptions { MaximumShardBytes = 10_000, PreprocessorJson = "{}" });
        Assert.IsTrue(File.Exists(folder["m/model.safetensors.index.json"]));
        File.WriteAllText(folder["m/pytorch_model.bin"], "old");
        File.WriteAllText(folder["m/README.md"], "mine");
        File.WriteAllText(folder["m/runs/1/log.txt"], "log");
        using (PretrainedFolder reader = PretrainedFolder.Open(folder["m"]))
        {
            model.SavePretrained(folder["m"]);
            Assert.AreEqual(Small.Labels.Count, reader.Checkpoint.Read("classifier.linear.bias").numel()); // an open reader still reads the old files
        }

        CollectionAssert.AreEquivalent(
            new[] { "README.md", "config.json", "model.safetensors", "preprocessor_config.json", "runs/1/log.txt" },
            Directory.GetFiles(folder["m"], "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder["m"], file).Replace('\\', '/')).ToArray());
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    [DataRow(true, DisplayName = "exchanged in one step")]
    [DataRow(false, DisplayName = "moved one after the other")]
    public void Replace_FailureBeforeTheSwap_LeavesTheOldFolder(bool canExchange)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["m/config.json"], "old");
        Assert.ThrowsExactly<InvalidOperationException>(() => FolderSwap.Replace(folder["m"], _ => true, target =>
        {
            File.WriteAllText(Path.Combine(target, "config.json"), "half");
            throw new InvalidOperationException("power cut");
        }));
        Assert.AreEqual("old", File.ReadAllText(folder["m/config.json"]));
        FolderSwap.Replace(folder["m"], _ => true, target => File.WriteAllText(Path.Combine(target, "config.json"), "new"), canExchange ? Exchange : (_, _) => false);
        Assert.AreEqual("new", File.ReadAllText(folder["m/config.json"]));
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));

        static bool Exchange(string first, string second)
        {
            string third = first + ".third";
            Directory.Move(first, third);
            Directory.Move(second, first);
            Directory.Move(third, second);
            return true;
        }
    }

    [TestMethod]
    public void Open_AfterACrashBetweenTwoMoves_FindsTheOldModelAndSavingRepairs()
    {
        using var folder = new TemporaryFolder();
        using var model = new LevitForImageClassification(Small);
        model.SavePretrained(folder["m"]);
        Directory.Move(folder["m"], folder[".m.previous"]); // where the process died
        using (var loaded = LevitForImageClassification.FromPretrained(folder["m"], out LoadReport report, Quiet))
        {
            Assert.IsTrue(report.IsComplete);
        }

        File.WriteAllText(folder[".m.previous/README.md"], "mine");
        model.SavePretrained(folder["m"]);
        Assert.AreEqual("mine", File.ReadAllText(folder["m/README.md"]));
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public void Save_ThroughALink_ReplacesTheFolderBehindIt()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["real/README.md"], "mine");
        Directory.CreateSymbolicLink(folder["link"], folder["real"]);
        using var model = new LevitForImageClassification(Small);
        model.SavePretrained(folder["link"]);
        Assert.IsTrue(File.Exists(folder["real/model.safetensors"]));
        Assert.IsNotNull(new DirectoryInfo(folder["link"]).LinkTarget);
    }

    [TestMethod]
    public void Open_WhileAnotherSaves_SeesOneModelOrTheOther()
    {
        using var folder = new TemporaryFolder();
        using var first = new Labelled(1);
        using var second = new Labelled(2);
        PretrainedFolder.Save(folder["m"], first, first.Config, new SaveOptions { MaximumShardBytes = 4 });
        using var done = new CancellationTokenSource();
        Task writer = Task.Run(() =>
        {
            for (int i = 0; i < 40; i++)
            {
                Labelled model = i % 2 == 0 ? second : first;
                PretrainedFolder.Save(folder["m"], model, model.Config, new SaveOptions { MaximumShardBytes = i % 3 == 0 ? 100 : 4 });
            }

            done.Cancel();
        });
        int reads = 0;
        while (!done.IsCancellationRequested)
        {
            try
            {
                using PretrainedFolder reader = PretrainedFolder.Open(folder["m"]);
                int labels = LevitConfig.FromJson(reader.ConfigJson!).NumLabels;
                Assert.AreEqual(labels, reader.Checkpoint.Read("a").item<float>());
                Assert.AreEqual(labels, reader.Checkpoint.Read("b").item<float>());
                reads++;
            }
            catch (IOException e) when (e.Message.Contains("changed while it was read", StringComparison.Ordinal))
            {
                // Said clearly, and never half a model.
            }
        }

        writer.GetAwaiter().GetResult();
        Assert.IsGreaterThan(0, reads);
    }

    [TestMethod]
    public void FromPretrained_OtherLabels_GivesNewHeadsAndSaysSo()
    {
        using var folder = new TemporaryFolder();
        using var model = new LevitForImageClassification(Small);
        ProceduralTensor.FillWeights(model, "labels");
        model.SavePretrained(folder["m"]);
        var warnings = new List<string>();
        using var loaded = LevitForImageClassification.FromPretrained(
            folder["m"], out LoadReport report, new PretrainedOptions { Labels = ["x", "y"], Warning = warnings.Add });
        CollectionAssert.AreEqual(new[] { "classifier.linear.weight", "classifier.linear.bias" }, report.Reshaped.Select(key => key.Key).ToArray());
        Assert.IsEmpty(report.Missing);
        Assert.HasCount(1, warnings);
        CollectionAssert.AreEqual(new[] { "x", "y" }, loaded.Config.Labels.ToArray());
        Assert.AreEqual(2, loaded.state_dict()["classifier.linear.bias"].numel());
        Assert.ThrowsExactly<CheckpointMismatchException>(
            () => LevitForImageClassification.FromPretrained(folder["m"], new PretrainedOptions { Labels = ["x", "y"], Mode = LoadMode.Strict }));
    }

    [TestMethod]
    public void FromPretrained_OtherLabelsOfMask2Former_GivesANewClassPredictorAndClassWeights()
    {
        using var folder = new TemporaryFolder();
        using var model = new Mask2FormerForUniversalSegmentation(OriginalKeyNameTests.SmallMask2Former);
        model.SavePretrained(folder["m"]);
        using var loaded = Mask2FormerForUniversalSegmentation.FromPretrained(
            folder["m"], out LoadReport report, new PretrainedOptions { Labels = ["x", "y", "z", "more"], Warning = _ => { } });
        CollectionAssert.AreEquivalent(
            new[] { "class_predictor.weight", "class_predictor.bias", "criterion.empty_weight" }, report.Reshaped.Select(key => key.Key).ToArray());
        Assert.IsEmpty(report.Missing);
        Assert.IsEmpty(report.Unexpected);
        CollectionAssert.AreEqual(new[] { 1f, 1, 1, 1, 0.1f }, loaded.EmptyWeight.data<float>().ToArray());
    }

    [TestMethod]
    public void FromPretrained_BareModelAndBack_FitsThroughThePrefix()
    {
        using var folder = new TemporaryFolder();
        using var model = new LevitModel(Small);
        ProceduralTensor.FillWeights(model, "bare");
        model.SavePretrained(folder["bare"]);
        using var classifier = LevitForImageClassification.FromPretrained(folder["bare"], out LoadReport report, Quiet);
        CollectionAssert.AreEquivalent(classifier.state_dict().Keys.Where(key => key.StartsWith("classifier", StringComparison.Ordinal)).ToArray(), report.Missing.ToArray());
        classifier.SavePretrained(folder["head"]);
        using var again = LevitModel.FromPretrained(folder["head"], out report, Quiet);
        Assert.IsEmpty(report.Missing);
        foreach ((string key, Tensor tensor) in model.state_dict())
        {
            CollectionAssert.AreEqual(TorchWriter.Bytes(tensor), TorchWriter.Bytes(again.state_dict()[key]), key);
        }
    }

    [TestMethod]
    public void FromPretrained_ConfigOfAnotherModel_Throws()
    {
        using var folder = new TemporaryFolder();
        using var model = new LevitForImageClassification(Small);
        model.SavePretrained(folder["m"]);
        InvalidDataException e = Assert.ThrowsExactly<InvalidDataException>(() => Mask2FormerModel.FromPretrained(folder["m"]));
        Assert.Contains("config.json", e.Message);
        Assert.Contains("holds a LeViT", e.Message);
    }

    [TestMethod]
    public void Save_TiedParameter_IsWrittenOnce()
    {
        using var folder = new TemporaryFolder();
        using var model = new Tied();
        PretrainedFolder.Save(folder["m"], model, Small);
        using ICheckpoint checkpoint = Checkpoint.Open(folder["m"]);
        CollectionAssert.AreEqual(new[] { "first.weight" }, checkpoint.Entries.Select(entry => entry.Name).ToArray());
        using var again = new Tied();
        Assert.IsTrue(CheckpointLoader.Load(again, checkpoint, new LoadOptions { Mode = LoadMode.Strict }).IsComplete);
    }

    private sealed class Labelled : nn.Module
    {
        private readonly Tensor a;
        private readonly Tensor b;

        public Labelled(int labels)
            : base(nameof(Labelled))
        {
            Config = Small with { Labels = [.. Enumerable.Range(0, labels).Select(i => $"label {i}")] };
            a = full([1], (float)labels);
            b = full([1], (float)labels);
            RegisterComponents();
        }

        public LevitConfig Config { get; }
    }

    private sealed class Tied : nn.Module
    {
        public Tied()
            : base(nameof(Tied))
        {
            TorchSharp.Modules.Linear linear = nn.Linear(2, 2, hasBias: false);
            register_module("first", linear);
            register_module("second", linear);
        }
    }
}
