using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Engine;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Classification;

[TestClass]
public sealed class FreshStatisticsTests
{
    [TestMethod]
    public void Run_ShortTraining_TellsInEvalModeWhatItLearnt()
    {
        LevitTrainingOptions options = TinyTraining.Plain with { Epochs = 2, WarmUpEpochs = 0 };
        Assert.IsGreaterThan(AccuracyAfter(options with { FreshStatistics = false }) + 0.25, AccuracyAfter(options));
    }

    [TestMethod]
    public void Run_OfManyStepsThatEndsAfterFew_HasFreshStatistics()
    {
        Dictionary<string, string> Cancelled(bool? fresh)
        {
            using var cancellation = new CancellationTokenSource();
            return TinyTraining.Train(TinyTraining.Plain with { Epochs = 1000, FreshStatistics = fresh }, cancellation: cancellation.Token, progress: report =>
            {
                if (report.Step == 4)
                {
                    cancellation.Cancel();
                }
            }).Weights;
        }

        Dictionary<string, string> byDefault = Cancelled(null);
        TinyTraining.AssertEqual(Cancelled(true), byDefault);
        Assert.IsTrue(Cancelled(false).Any(item => byDefault[item.Key] != item.Value));
    }

    [TestMethod]
    public void Run_WithOrWithoutFreshStatistics_HasTheSameWeights()
    {
        Dictionary<string, string> fresh = TinyTraining.Train(TinyTraining.Full with { FreshStatistics = true }).Weights;
        Dictionary<string, string> running = TinyTraining.Train(TinyTraining.Full with { FreshStatistics = false }).Weights;
        string[] different = [.. fresh.Keys.Where(key => fresh[key] != running[key])];
        Assert.IsNotEmpty(different);
        Assert.IsTrue(different.All(key => key.Contains("running_", StringComparison.Ordinal)), string.Join(", ", different));
    }

    [TestMethod]
    [DataRow(TrainingPrecision.Float32, null)]
    [DataRow(TrainingPrecision.Float32, 0.9)]
    [DataRow(TrainingPrecision.BFloat16, null)]
    public void Run_Statistics_AreThoseOfThePictures(TrainingPrecision precision, double? average)
    {
        using LevitForImageClassification model = TinyTraining.Model();
        var data = new SyntheticImages(12);
        LevitTraining.Run(
            model, TinyTraining.Processor, data, null, TinyTraining.Plain with { Epochs = 2, BatchSize = 12, Precision = precision, WeightAverageDecay = average });

        // All pictures in one batch: train mode normalises with what eval mode should then have.
        using var scope = NewDisposeScope();
        Tensor input = TinyTraining.Processor.Process([.. Enumerable.Range(0, 12).Select(i => (ImageSource)data.Load(i))]);
        Dictionary<string, Tensor> buffers = model.named_buffers().Where(item => item.name.EndsWith("running_mean", StringComparison.Ordinal)).ToDictionary(item => item.name, item => item.buffer);
        Dictionary<string, Tensor> kept = buffers.ToDictionary(item => item.Key, item => item.Value.clone());
        foreach (Tensor buffer in buffers.Values)
        {
            using var _ = no_grad();
            buffer.zero_();
        }

        foreach (nn.Module norm in model.modules().Where(module => module is TorchSharp.Modules.BatchNorm))
        {
            norm.train();
        }

        model.call(input);
        foreach ((string name, Tensor buffer) in buffers)
        {
            Assert.IsTrue(buffer.mul(10).allclose(kept[name], rtol: 1e-3, atol: 1e-4), name);
        }
    }

    [TestMethod]
    public void Run_FrozenStages_KeepTheirStatistics()
    {
        using LevitForImageClassification model = TinyTraining.Model();
        Dictionary<string, string> before = TinyTraining.Weights(model);
        LevitTraining.Run(model, TinyTraining.Processor, new SyntheticImages(12), null, TinyTraining.Plain with { FrozenStages = 1, Epochs = 1, FreshStatistics = true });
        Dictionary<string, string> after = TinyTraining.Weights(model);
        Assert.IsTrue(before.Keys.Where(key => key.Contains("patch_embeddings", StringComparison.Ordinal) || key.Contains("stages.0.", StringComparison.Ordinal)).All(key => before[key] == after[key]));
        Assert.IsTrue(before.Keys.Where(key => key.Contains("stages.2.", StringComparison.Ordinal) && key.EndsWith("running_var", StringComparison.Ordinal)).All(key => before[key] != after[key]));
    }

    private static double AccuracyAfter(LevitTrainingOptions options)
    {
        using LevitForImageClassification model = TinyTraining.Model();
        LevitTraining.Run(model, TinyTraining.Processor, new SyntheticImages(30), null, options);
        using var scope = NewDisposeScope();
        var unseen = new SyntheticImages(30, seed: 1);
        Tensor logits = model.call(TinyTraining.Processor.Process([.. Enumerable.Range(0, 30).Select(i => (ImageSource)unseen.Load(i))])).Logits;
        return logits.argmax(1).eq(tensor(Enumerable.Range(0, 30).Select(i => (long)unseen.ClassOf(i)).ToArray())).to(float64).mean().item<double>();
    }
}
