using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.State;
using MLNetVision.Tests.Models.Training.History;

namespace MLNetVision.Tests.Models.Training.Classification;

[TestClass]
public sealed class ResumeTests
{
    private string _folder = string.Empty;

    [TestInitialize]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("resume-").FullName;

    [TestCleanup]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private static readonly Dictionary<string, LevitTrainingOptions> Variants = new()
    {
        ["full"] = TinyTraining.Full,
        ["validated"] = TinyTraining.Full with { GradientAccumulation = 1, BatchSize = 7 },
        ["frozen"] = TinyTraining.Plain with { FrozenStages = 1, BestEpoch = BestEpochSelection.Last },
        ["bfloat16"] = TinyTraining.Full with { Precision = TrainingPrecision.BFloat16 },
    };

    [TestMethod]
    [DataRow("full", false)]
    [DataRow("validated", true)]
    [DataRow("frozen", true)]
    [DataRow("bfloat16", false)]
    public void Run_CancelledAtAnyStepAndResumed_EndsBitEqual(string name, bool validate)
    {
        LevitTrainingOptions options = Variants[name];
        SyntheticImages? validation = validate ? new SyntheticImages(6, seed: 4) : null;
        int reports = 0;
        (Dictionary<string, string> expected, LevitTrainingResult whole) = TinyTraining.Train(options, validation: validation, progress: _ => reports++);
        for (int stop = 1; stop < reports; stop++)
        {
            LevitTrainingOptions saving = options with { CheckpointFolder = Path.Combine(_folder, $"{name}{stop}") };
            using var cancellation = new CancellationTokenSource();
            int seen = 0;
            LevitTrainingResult first = TinyTraining.Train(
                saving, validation: validation, cancellation: cancellation.Token, progress: _ =>
                {
                    if (++seen == stop)
                    {
                        cancellation.Cancel();
                    }
                }).Result;

            // The given weights are others: the state must bring all of them.
            (Dictionary<string, string> actual, LevitTrainingResult resumed) = TinyTraining.Train(saving, validation: validation, initialSeed: 2);
            TinyTraining.AssertEqual(expected, actual);
            CollectionAssert.AreEqual(whole.History.ToArray(), resumed.History.ToArray());
            CollectionAssert.AreEqual(HistoryTests.WithoutTime(whole), HistoryTests.WithoutTime(resumed));
            Assert.AreEqual((whole.BestEpoch, whole.Steps), (resumed.BestEpoch, resumed.Steps));
            Assert.AreEqual(stop == reports - 1 && !validate ? TrainingOutcome.Completed : TrainingOutcome.Cancelled, first.Outcome, $"after report {stop} of {reports}");
        }
    }

    [TestMethod]
    public void Run_KilledAfterAnySave_EndsBitEqual()
    {
        LevitTrainingOptions options = TinyTraining.Full with { CheckpointFolder = Path.Combine(_folder, "state"), CheckpointSteps = 1 };
        var validation = new SyntheticImages(6, seed: 4);
        int copies = 0;

        // After each report the folder is what a killed process would have left at that moment.
        (Dictionary<string, string> expected, _) = TinyTraining.Train(options, validation: validation, progress: _ => Copy(options.CheckpointFolder!, Path.Combine(_folder, $"copy{copies++}")));
        for (int i = 0; i < copies; i++)
        {
            string folder = Path.Combine(_folder, $"copy{i}");
            bool saved = File.Exists(Path.Combine(folder, "training-state.safetensors"));
            File.WriteAllText(Path.Combine(folder, "training-state.safetensors.0.tmp"), "half written");
            TinyTraining.AssertEqual(expected, TinyTraining.Train(options with { CheckpointFolder = folder }, validation: validation, initialSeed: saved ? 2ul : 1ul).Weights);
        }

        CollectionAssert.AreEqual(
            new[] { true, true }, Files(options.CheckpointFolder!).Select(Path.GetFileName).Order().Select(file => file!.EndsWith(".safetensors", StringComparison.Ordinal)).ToArray());
    }

    [TestMethod]
    public void Run_FolderThatAnotherTrainingHas_IsRefusedAndTheOtherGoesOn()
    {
        LevitTrainingOptions options = TinyTraining.Plain with { CheckpointFolder = Path.Combine(_folder, "shared") };
        (Dictionary<string, string> expected, _) = TinyTraining.Train(options with { CheckpointFolder = null });
        var refusals = new List<string>();
        (Dictionary<string, string> weights, _) = TinyTraining.Train(
            options, progress: _ => refusals.Add(Assert.ThrowsExactly<InvalidOperationException>(() => TinyTraining.Train(options)).Message));
        Assert.IsNotEmpty(refusals);
        Assert.IsTrue(refusals.All(message => message.Contains(options.CheckpointFolder!, StringComparison.Ordinal) && message.Contains("folder of its own", StringComparison.Ordinal)));
        TinyTraining.AssertEqual(expected, weights);
        TinyTraining.AssertEqual(expected, TinyTraining.Train(options).Weights); // the other has ended
    }

    [TestMethod]
    public void Run_FinishedBefore_GivesTheSameWeightsWithoutAStep()
    {
        LevitTrainingOptions options = TinyTraining.Full with { CheckpointFolder = _folder };
        (Dictionary<string, string> expected, _) = TinyTraining.Train(options, validation: new SyntheticImages(6));
        var data = new SyntheticImages(22);
        TinyTraining.AssertEqual(expected, TinyTraining.Train(options, data, new SyntheticImages(6), initialSeed: 2).Weights);
        Assert.AreEqual(0, data.Loads);
    }

    [TestMethod]
    public void Run_StateOfAnotherTraining_IsRefusedWithTheDifferences()
    {
        LevitTrainingOptions options = TinyTraining.Plain with { CheckpointFolder = _folder };
        TinyTraining.Train(options);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => TinyTraining.Train(options with { Epochs = 9, Mixup = 1 }));
        StringAssert.Contains(error.Message, "Epochs was 3 and is 9");
        StringAssert.Contains(error.Message, "Mixup was 0 and is 1");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => TinyTraining.Train(options, new SyntheticImages(23))).Message, "23 pictures");
    }

    [TestMethod]
    public void Run_BrokenState_IsAClearError()
    {
        LevitTrainingOptions options = TinyTraining.Plain with { CheckpointFolder = _folder, Epochs = 1 };
        TinyTraining.Train(options);
        string file = Path.Combine(_folder, "training-state.safetensors");
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^100]);
        Assert.ThrowsExactly<InvalidDataException>(() => TinyTraining.Train(options));
    }

    [TestMethod]
    public void Run_StateOfAnotherVersion_IsAClearError()
    {
        using (var tensor = TorchSharp.torch.zeros(1))
        {
            SafetensorsWriter.Write(
                Path.Combine(_folder, "training-state.safetensors"), [KeyValuePair.Create("model/weight", tensor)],
                new Dictionary<string, string> { ["training"] = """{"Version":1,"Fingerprint":{"Epochs":1},"Position":{"Epoch":1,"Step":0,"History":[]}}""" });
        }

        string message = Assert.ThrowsExactly<InvalidDataException>(() => TinyTraining.Train(TinyTraining.Plain with { CheckpointFolder = _folder })).Message;
        Assert.Contains("of version 1", message);
        Assert.Contains("choose an empty folder", message);
    }

    [TestMethod]
    public void Run_CancelledBeforeTheFirstStep_KeepsTheGivenWeights()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        (Dictionary<string, string> weights, LevitTrainingResult result) = TinyTraining.Train(TinyTraining.Full, cancellation: cancellation.Token);
        using var model = TinyTraining.Model();
        TinyTraining.AssertEqual(TinyTraining.Weights(model), weights);
        Assert.AreEqual((TrainingOutcome.Cancelled, 0), (result.Outcome, result.BestEpoch));
    }

    /// <summary>What a training has written; the lock stays behind it and is open to nobody while it runs.</summary>
    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file) != TrainingLock.FileName);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.Exists(from) ? Files(from) : [])
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
