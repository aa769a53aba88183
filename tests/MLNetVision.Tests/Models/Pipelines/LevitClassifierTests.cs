using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Common.Checkpoints.Formats;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Pipelines;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Models.Common.Checkpoints;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Pipelines;

[TestClass]
public sealed class LevitClassifierTests
{
    private static readonly LevitConfig Config = LevitPresets.Get("levit-128S") with { ImageSize = 64, Depths = [1, 1, 1], Labels = ["cat", "dog", "owl"] };

    internal static readonly Lazy<string> Saved = new(() =>
    {
        string folder = RunFolder.Shared("levit");
        using var model = new LevitForImageClassificationWithTeacher(Config, generator: new Generator(3));
        model.SavePretrained(folder, new SaveOptions { PreprocessorJson = LevitImageProcessorConfig.ForImageSize(64).ToJson() });
        return folder;
    });

    public static IEnumerable<object[]> GoldenFolders => Goldens.Names("checkpoints", golden => golden.Has("folder") && golden.Text("class").StartsWith("LevitFor", StringComparison.Ordinal));

    private static ImageSource[] Pictures => [.. Enumerable.Range(0, ConformanceData.Rows).Select(i => (ImageSource)ConformanceData.PathOf(i))];

    [TestMethod]
    [DynamicData(nameof(GoldenFolders))]
    public void Classify_GoldenFolder_EqualsItsModel(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        GoldenCase golden = Goldens.Load("checkpoints", name);
        string folder = Path.Combine(Goldens.Root, "checkpoints", golden.Text("folder"));
        using LevitClassifier classifier = LevitClassifier.FromPretrained(folder);
        bool isDistilled = LevitCheckpoint.Open(folder).HasDistillationHead;
        Tensor pixels = new LevitImageProcessor(classifier.Preprocessing).Process(Pictures);
        var options = new PretrainedOptions { Mode = LoadMode.Strict };
        Tensor logits = isDistilled
            ? LevitForImageClassificationWithTeacher.FromPretrained(folder, options).call(pixels).Logits
            : LevitForImageClassification.FromPretrained(folder, options).call(pixels).Logits;
        float[] expected = logits.softmax(1).data<float>().ToArray();
        float[] actual = [.. classifier.Classify(Pictures).SelectMany(answer => answer.Probabilities)];
        Assert.HasCount(expected.Length, actual);
        Assert.IsTrue(expected.Zip(actual).All(pair => Math.Abs(pair.First - pair.Second) < 1e-5));
    }

    /// <summary>A folder as training programs leave it: wrapped and counted weights, tables that disagree, settings of an older name.</summary>
    [TestMethod]
    public void Classify_FolderInTheWild_AnswersAsTheModelAndWarns()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(Saved.Value).Where(file => file.EndsWith(".json", StringComparison.Ordinal)))
        {
            File.WriteAllText(folder[Path.GetFileName(file)], File.ReadAllText(file).Replace("\"cat\": 0", "\"cat\": 1").Replace("\"image_processor_type\": \"LevitImageProcessor\"", "\"feature_extractor_type\": \"ViTFeatureExtractor\""));
        }

        using (ICheckpoint stored = Checkpoint.Open(Saved.Value))
        {
            TorchWriter.WriteZip(folder["pytorch_model.bin"], [("n_averaged", tensor(5L)), .. stored.Entries.Select(entry => ("module._orig_mod." + entry.Name, stored.Read(entry.Name)))]);
        }

        var warnings = new List<string>();
        using LevitClassifier expected = LevitClassifier.FromPretrained(Saved.Value), actual = LevitClassifier.FromPretrained(folder.Path, new PipelineOptions { Warning = warnings.Add });
        CollectionAssert.AreEqual(expected.Classify(Pictures[0]).Probabilities.ToArray(), actual.Classify(Pictures[0]).Probabilities.ToArray());
        CollectionAssert.AreEqual(Config.Labels.ToArray(), actual.ClassNames.ToArray());
        Assert.HasCount(3, warnings);
        foreach (string word in new[] { "label2id", "ViTFeatureExtractor", "n_averaged" })
        {
            Assert.IsTrue(warnings.Any(text => text.Contains(word, StringComparison.Ordinal)), word);
        }

        var ml = new MLContext();
        using var log = new LogRecorder(ml);
        using var transformer = ml.Transforms.ApplyLevit(folder.Path).Fit(ConformanceData.Create(ml, PictureForm.Paths));
        Assert.AreEqual(3, log.Warnings.Count(text => warnings.Any(warning => text.EndsWith(warning, StringComparison.Ordinal))), string.Join("; ", log.Warnings));
    }

    [TestMethod]
    [DataRow(ScoringPrecision.Single)]
    [DataRow(ScoringPrecision.BFloat16)]
    public void Classify_Pictures_EqualsTheMLNetPath(ScoringPrecision precision)
    {
        var ml = new MLContext();
        IDataView data = ConformanceData.Create(ml, PictureForm.Paths);
        using var transformer = ml.Transforms.ApplyLevit(Saved.Value, precision: precision).Fit(data);
        float[][] expected = [.. transformer.Transform(data).GetColumn<float[]>("Score")];

        using LevitClassifier classifier = LevitClassifier.FromPretrained(Saved.Value, new PipelineOptions { Precision = precision });
        IReadOnlyList<Classification> actual = classifier.Classify(Pictures);
        for (int i = 0; i < expected.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i], actual[i].Probabilities.ToArray(), $"picture {i}");
        }
    }

    [TestMethod]
    public void Classify_EveryFormOfAPicture_AnswersTheSame()
    {
        using LevitClassifier classifier = LevitClassifier.FromPretrained(Saved.Value);
        string path = ConformanceData.PathOf(1);
        float[] expected = [.. classifier.Classify(path).Probabilities];
        using FileStream stream = File.OpenRead(path);
        foreach (ImageSource form in new ImageSource[] { File.ReadAllBytes(path), ImageDecoder.Decode(path), ImageSource.FromStream(stream) })
        {
            CollectionAssert.AreEqual(expected, classifier.Classify(form).Probabilities.ToArray());
        }
    }

    [TestMethod]
    public async Task Classify_ManyMoreThanABatch_KeepsTheirOrder()
    {
        using LevitClassifier classifier = LevitClassifier.FromPretrained(Saved.Value);
        ImageSource[] many = [.. Enumerable.Range(0, 80).Select(i => Pictures[i * 5 % ConformanceData.Rows])];
        IReadOnlyList<Classification> few = classifier.Classify(Pictures);
        IReadOnlyList<Classification> all = await classifier.ClassifyAsync(many);
        for (int i = 0; i < many.Length; i++)
        {
            CollectionAssert.AreEqual(few[i * 5 % ConformanceData.Rows].Probabilities.ToArray(), all[i].Probabilities.ToArray(), $"picture {i}");
        }

        Assert.IsEmpty(classifier.Classify([]));
    }

    [TestMethod]
    public void Top_Probabilities_AreNamedAndOrdered()
    {
        var answer = new Classification(["a", "b", "c"], [0.25f, 0.5f, 0.25f]);
        Assert.AreEqual(new ClassProbability(1, "b", 0.5f), answer.Best);
        CollectionAssert.AreEqual(new[] { 1, 0, 2 }, answer.Top(9).Select(item => item.ClassId).ToArray());
        Assert.HasCount(2, answer.Top(2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => answer.Top(0));
    }

    [TestMethod]
    public void Classify_UnreadablePicture_Throws()
    {
        using var folder = new TemporaryFolder();
        using LevitClassifier classifier = LevitClassifier.FromPretrained(Saved.Value);
        File.WriteAllText(folder["bad.png"], "no picture");
        Assert.Contains("bad.png", Assert.ThrowsExactly<InvalidDataException>(() => classifier.Classify([Pictures[0], folder["bad.png"]])).Message);
        Assert.IsInstanceOfType<IOException>(Assert.Throws<IOException>(() => classifier.Classify(folder["missing.png"])));

        // A bad picture of a later batch ends the work too, and leaves nothing behind.
        ImageSource[] many = [.. Enumerable.Repeat(Pictures[0], 40), folder["bad.png"]];
        Assert.ThrowsExactly<InvalidDataException>(() => classifier.Classify(many));
        Assert.AreEqual(3, classifier.Classify(Pictures[0]).Probabilities.Count);
    }

    [TestMethod]
    public void Classify_FromManyThreads_AnswersTheSame()
    {
        using LevitClassifier classifier = LevitClassifier.FromPretrained(Saved.Value);
        float[][] expected = [.. classifier.Classify(Pictures).Select(answer => answer.Probabilities.ToArray())];
        Parallel.For(0, 48, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            CollectionAssert.AreEqual(expected[i % expected.Length], classifier.Classify(Pictures[i % expected.Length]).Probabilities.ToArray()));
    }

    [TestMethod]
    public void Dispose_WhileInUse_WaitsAndRefusesLaterCalls()
    {
        LevitClassifier classifier = LevitClassifier.FromPretrained(Saved.Value);
        ImageSource[] pictures = Pictures;
        DisposalInUse.Check(classifier, threads: 4, () => classifier.Classify(pictures[0]), () => classifier.Classify(pictures));
    }

    [TestMethod]
    public async Task ClassifyAsync_Cancelled_Stops()
    {
        using LevitClassifier classifier = LevitClassifier.FromPretrained(Saved.Value);
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => classifier.ClassifyAsync(Pictures, cancellation.Token));
        Assert.AreEqual(3, (await classifier.ClassifyAsync(Pictures[0], CancellationToken.None)).Probabilities.Count);
    }

    [TestMethod]
    public void FromPretrained_Options_AreSaidOnceAndChecked()
    {
        var log = new List<string>();
        using (LevitClassifier.FromPretrained(Saved.Value, new PipelineOptions { Log = log.Add, Precision = ScoringPrecision.BFloat16 }))
        {
            Assert.HasCount(1, log);
            Assert.StartsWith("Scoring on the CPU with kernels of level ", log[0]);
            Assert.EndsWith("in BFloat16 precision.", log[0]);
        }

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => LevitClassifier.FromPretrained(Saved.Value, new PipelineOptions { Precision = (ScoringPrecision)9 }));
        Assert.Contains("PipelineOptions.GpuDeviceId", Assert.ThrowsExactly<InvalidOperationException>(() => LevitClassifier.FromPretrained(Saved.Value, new PipelineOptions { GpuDeviceId = 99 })).Message);
        var warnings = new List<string>();
        using LevitClassifier fallback = LevitClassifier.FromPretrained(Saved.Value, new PipelineOptions { GpuDeviceId = 99, FallbackToCpu = true, Warning = warnings.Add });
        Assert.HasCount(1, warnings);
    }

    [TestMethod]
    public void FromPretrained_AnotherModel_IsNamed() =>
        Assert.Contains("holds a Mask2Former", Assert.ThrowsExactly<InvalidDataException>(() => LevitClassifier.FromPretrained(Mask2FormerSegmenterTests.Saved.Value)).Message);

    [TestMethod]
    [DoNotParallelize] // others make tensors
    public void Classify_AgainAndAgain_KeepsNoNativeTensors() => LiveTensors.AssertNoneKept(() =>
    {
        using LevitClassifier classifier = LevitClassifier.FromPretrained(Saved.Value);
        classifier.Classify(Pictures);
        try
        {
            classifier.Classify([Pictures[0], new byte[] { 1, 2, 3 }]);
        }
        catch (InvalidDataException)
        {
            // left out on purpose: what was made for the good picture must go
        }
    });
}
