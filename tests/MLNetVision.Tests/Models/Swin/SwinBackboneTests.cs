using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Swin;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Swin;

[TestClass]
[TestCategory("Levels")]
public sealed class SwinBackboneTests
{
    private static readonly SwinConfig Small = new()
    {
        EmbedDim = 12, Depths = [2, 3], NumHeads = [2, 3], WindowSize = 4, ImageSize = 32, DropPathRate = 0.5, OutFeatures = ["stage1", "stage2"],
    };

    [TestMethod]
    public void DropPathRates_Schedule_IsLinearOrConstant()
    {
        CollectionAssert.AreEqual(new[] { 0, 0.125, 0.25, 0.375, 0.5 }, Small.DropPathRates());
        CollectionAssert.AreEqual(new[] { 0.5, 0.5, 0.5, 0.5, 0.5 }, (Small with { DropPathSchedule = DropPathSchedule.Constant }).DropPathRates());
    }

    [TestMethod]
    public void Config_RoundTrip_KeepsEverything()
    {
        SwinConfig config = Small with { DropPathSchedule = DropPathSchedule.Constant, OutIndices = [1, 2] };
        Assert.AreEqual(config, PretrainedConfig.FromJson<SwinConfig>(config.ToJson()));
        Assert.IsFalse(Small.ToJson().Contains("drop_path_schedule", StringComparison.Ordinal));
    }

    [TestMethod]
    [DataRow("depths", """{"depths":[],"num_heads":[]}""")]
    [DataRow("num_heads", """{"num_heads":[5,6,12,24]}""")]
    [DataRow("num_heads", """{"num_heads":[3,6,12]}""")]
    [DataRow("out_features", """{"out_features":["stage5"]}""")]
    [DataRow("out_features", """{"out_features":["stage1","stage1"]}""")]
    [DataRow("out_indices", """{"out_indices":[5]}""")]
    [DataRow("hidden_act", """{"hidden_act":"nothing"}""")]
    [DataRow("drop_path_rate", """{"drop_path_rate":1}""")]
    public void Config_ImpossibleField_ErrorNamesIt(string field, string json)
    {
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => PretrainedConfig.FromJson<SwinConfig>(json));
        StringAssert.Contains(error.Message, $"'{field}'");
    }

    [TestMethod]
    public void OutIndices_NegativeNumbers_CountFromTheLast()
    {
        CollectionAssert.AreEqual(new[] { "stem", "stage2" }, (Small with { OutFeatures = null, OutIndices = [0, -1] }).RequestedFeatures.ToArray());
        CollectionAssert.AreEqual(new[] { "stage2" }, (Small with { OutFeatures = null }).RequestedFeatures.ToArray());
    }

    [TestMethod]
    public void Forward_AbsoluteEmbeddings_TakesTheTrainedSizeAndOthers()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var backbone = new SwinBackbone(Small with { UseAbsoluteEmbeddings = true });
        CollectionAssert.AreEqual(new long[] { 1, 65, 12 }, backbone.state_dict()["embeddings.position_embeddings"].shape);
        CollectionAssert.AreEqual(new long[] { 1, 12, 8, 8 }, backbone.call(rand(1, 3, 32, 32))[0].shape);
        CollectionAssert.AreEqual(new long[] { 2, 24, 3, 8 }, backbone.call(rand(2, 3, 24, 61))[1].shape);
    }

    [TestMethod]
    public void Forward_TrainingWithOneGenerator_Repeats()
    {
        using var scope = NewDisposeScope();
        float[] Run()
        {
            using var backbone = new SwinBackbone(Small, generator: new Generator(7));
            backbone.train();
            return [.. backbone.call(ones(4, 3, 20, 28))[1].detach().data<float>()];
        }

        CollectionAssert.AreEqual(Run(), Run());
    }

    [TestMethod]
    public void Forward_WrongChannels_ErrorSaysWhatCame()
    {
        using var backbone = new SwinBackbone(Small);
        using Tensor grey = zeros(1, 1, 32, 32);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => backbone.call(grey)).Message, "(1, 1, 32, 32)");
    }

    [TestMethod]
    [DoNotParallelize]
    public void Forward_ManyCalls_LeakNoTensors()
    {
        using var noGrad = no_grad();
        using var backbone = new SwinBackbone(Small);
        backbone.eval();
        void Run()
        {
            using var scope = NewDisposeScope();
            backbone.call(rand(1, 3, 30, 40));
        }

        Run(); // fills the mask cache
        long before = LiveTensors.Count();
        for (int i = 0; i < 5; i++)
        {
            Run();
        }

        Assert.IsLessThanOrEqualTo(before, Tensor.TotalCount);
    }
}
