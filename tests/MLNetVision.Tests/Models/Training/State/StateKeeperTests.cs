using MLNetVision.Models.Levit;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Tests.Models.Training.Classification;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Training.State;

/// <summary>What happens when the state cannot be written: a folder stands where its file belongs.</summary>
[TestClass]
public sealed class StateKeeperTests
{
    private static LevitTrainingOptions Options(TemporaryFolder folder) => TinyTraining.Plain with { CheckpointFolder = folder.Path, CheckpointSteps = 1 };

    [TestMethod]
    public void Run_StateThatCannotBeWrittenForAWhile_WarnsGoesOnAndIsResumedBitEqual()
    {
        using var folder = new TemporaryFolder();
        var validation = new SyntheticImages(6, seed: 4);
        (Dictionary<string, string> expected, LevitTrainingResult whole) = TinyTraining.Train(TinyTraining.Plain, validation: validation);
        string obstacle = Block(folder);
        var warnings = new List<(long Step, string Text)>();
        (Dictionary<string, string> weights, LevitTrainingResult result) = TinyTraining.Train(Options(folder), validation: validation, progress: value =>
        {
            if (value.Warning is { } warning)
            {
                warnings.Add((value.Step, warning));
            }

            // From the first epoch's end on there is room, also for the best weights that were wanted before.
            if (value.Step == 4 && Directory.Exists(obstacle))
            {
                Directory.Delete(obstacle, recursive: true);
            }
        });

        TinyTraining.AssertEqual(expected, weights);
        CollectionAssert.AreEqual(new long[] { 1, 2, 3, 4 }, warnings.Select(warning => warning.Step).Distinct().ToArray());
        Assert.Contains(folder.Path, warnings[0].Text);
        Assert.Contains("3 times", warnings[0].Text);
        Assert.Contains("goes on", warnings[0].Text);
        (Dictionary<string, string> again, LevitTrainingResult resumed) = TinyTraining.Train(Options(folder), validation: validation, initialSeed: 2);
        TinyTraining.AssertEqual(expected, again);
        Assert.AreEqual((whole.BestEpoch, whole.Steps), (resumed.BestEpoch, resumed.Steps));
    }

    [TestMethod]
    public void Run_StateThatCannotBeKeptAtTheEnd_ThrowsAndLeavesTheWeights()
    {
        using var folder = new TemporaryFolder();
        (Dictionary<string, string> expected, _) = TinyTraining.Train(TinyTraining.Plain with { Epochs = 1 });
        Block(folder);
        using LevitForImageClassification model = TinyTraining.Model();
        IOException error = Assert.ThrowsExactly<IOException>(() => LevitTraining.Run(
            model, TinyTraining.Processor, new SyntheticImages(22), null, TinyTraining.Plain with { Epochs = 1, CheckpointFolder = folder.Path }));
        Assert.Contains("could not be kept", error.Message);
        Assert.Contains(folder.Path, error.Message);
        Assert.IsNotNull(error.InnerException);
        TinyTraining.AssertEqual(expected, TinyTraining.Weights(model));
        Assert.IsEmpty(Directory.GetFiles(folder.Path, "*.tmp"));
    }

    private static string Block(TemporaryFolder folder)
    {
        string obstacle = folder["training-state.safetensors"];
        Directory.CreateDirectory(Path.Combine(obstacle, "in the way"));
        return obstacle;
    }
}
