using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Mask2Former.Inference;

[TestClass]
[TestCategory("Levels")]
public sealed class Mask2FormerInferenceTests
{
    private static readonly Mask2FormerConfig Small = Mask2FormerModelTests.Small with { EncoderLayers = 2, DecoderLayers = 5 };

    [TestMethod]
    public void Predict_RowOfABatch_EqualsTheRowAlone()
    {
        using var scope = NewDisposeScope();
        using Mask2FormerInference inference = Create(Small);
        Tensor images = rand([3, 3, 70, 90], generator: new Generator(2));
        Mask2FormerPrediction batch = inference.Predict(images);
        for (int i = 0; i < 3; i++)
        {
            Mask2FormerPrediction alone = inference.Predict(images.narrow(0, i, 1));
            AssertEqual(alone.ClassQueriesLogits[0], batch.ClassQueriesLogits[i]);
            AssertEqual(alone.MasksQueriesLogits[0], batch.MasksQueriesLogits[i]);
        }
    }

    [TestMethod]
    [DoNotParallelize]
    public void Predict_AnyNumberOfThreads_IsTheSame()
    {
        using var scope = NewDisposeScope();
        using Mask2FormerInference inference = Create(Small);
        Tensor image = rand([1, 3, 160, 128], generator: new Generator(3));
        Mask2FormerPrediction one = inference.Predict(image);
        Mask2FormerPrediction three = TorchThreads.Run(3, () => inference.Predict(image));
        AssertEqual(one.ClassQueriesLogits, three.ClassQueriesLogits);
        AssertEqual(one.MasksQueriesLogits, three.MasksQueriesLogits);
    }

    [TestMethod]
    public void Predict_FromSeveralThreads_IsTheSame()
    {
        using var scope = NewDisposeScope();
        using Mask2FormerInference inference = Create(Small);
        float[][] results = new float[6][];
        Parallel.For(0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = 3 }, i =>
        {
            using var own = NewDisposeScope();
            Tensor image = rand([1, 3, 64 + 32 * (i % 2), 64], generator: new Generator((ulong)(i % 2)));
            results[i] = [.. inference.Predict(image).MasksQueriesLogits.data<float>()];
        });
        for (int i = 2; i < results.Length; i++)
        {
            CollectionAssert.AreEqual(results[i % 2], results[i]);
        }
    }

    [TestMethod]
    [DataRow(false, 32, 32, "relu")]
    [DataRow(true, 64, 32, "silu")]
    [DataRow(false, 32, 48, "linear")]
    public void Predict_OtherSettings_EqualsTheModel(bool preNorm, int features, int hidden, string activation)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Mask2FormerConfig config = Small with
        {
            PreNorm = preNorm, FeatureSize = features, HiddenDim = hidden, ActivationFunction = activation, MaskFeatureSize = 20,
            BackboneConfig = Small.BackboneConfig with { UseAbsoluteEmbeddings = true, QkvBias = false, HiddenAct = "silu" },
        };
        using var model = new Mask2FormerForUniversalSegmentation(config, generator: new Generator(5));
        model.eval();
        using var inference = new Mask2FormerInference(model);
        Tensor image = rand([1, 3, 77, 51], generator: new Generator(4));
        Mask2FormerSegmentationOutput expected = model.forward(image);
        Mask2FormerPrediction actual = inference.Predict(image);
        Assert.IsTrue(actual.ClassQueriesLogits.allclose(expected.ClassQueriesLogits, 1e-4, 1e-4));
        Assert.IsTrue(actual.MasksQueriesLogits.allclose(expected.MasksQueriesLogits!, 1e-4, 2e-4));
    }

    [TestMethod]
    [DataRow(4, 77, 51)]
    [DataRow(4, 64, 96)]
    [DataRow(8, 77, 51)]
    [DataRow(8, 33, 31)]
    public void Predict_OfSpans_EqualsThatOfTensors(int commonStride, int height, int width)
    {
        using var scope = NewDisposeScope();
        using Mask2FormerInference inference = Create(Small with { CommonStride = commonStride });
        var pixels = new PixelValues(ProceduralTensor.Values("pixels", 2 * 3 * height * width, 1, 0), 2, height, width);
        Mask2FormerPrediction expected = inference.Predict(tensor(pixels.Values, [2, 3, height, width]));
        Mask2FormerLogits actual = inference.Predict(pixels);
        CollectionAssert.AreEqual(expected.MasksQueriesLogits.shape, new long[] { actual.Images, actual.Queries, actual.Height, actual.Width });
        CollectionAssert.AreEqual(expected.ClassQueriesLogits.shape, new long[] { actual.Images, actual.Queries, actual.Classes + 1 });
        CollectionAssert.AreEqual(expected.ClassQueriesLogits.data<float>().ToArray(), actual.ClassQueriesLogits.ToArray());
        CollectionAssert.AreEqual(expected.MasksQueriesLogits.data<float>().ToArray(), actual.MasksQueriesLogits.ToArray());
    }

    [TestMethod]
    public void Predict_BuffersOfOtherLengths_AreRefused()
    {
        using Mask2FormerInference inference = Create(Small);
        var pixels = new float[3 * 32 * 32];
        (int height, int width) = inference.MaskSize(32, 32);
        var classes = new float[Small.NumQueries * (Small.NumLabels + 1)];
        var masks = new float[Small.NumQueries * height * width];
        inference.Predict(pixels, 1, 32, 32, classes, masks);
        Assert.Contains("(1, 3, 32, 31)", Assert.ThrowsExactly<ArgumentException>(() => inference.Predict(pixels, 1, 32, 31, classes, masks)).Message);
        Assert.AreEqual("classLogits", Assert.ThrowsExactly<ArgumentException>(() => inference.Predict(pixels, 1, 32, 32, classes.AsSpan(1), masks)).ParamName);
        Assert.AreEqual("maskLogits", Assert.ThrowsExactly<ArgumentException>(() => inference.Predict(pixels, 1, 32, 32, classes, masks.AsSpan(1))).ParamName);
    }

    [TestMethod]
    public void Constructor_UnknownActivation_ErrorNamesIt()
    {
        using var model = new Mask2FormerForUniversalSegmentation(Small with { ActivationFunction = "mish" });
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => new Mask2FormerInference(model)).Message, "'mish'");
    }

    [TestMethod]
    public void Predict_WrongShape_ErrorSaysWhatCame()
    {
        using Mask2FormerInference inference = Create(Small);
        using Tensor image = zeros(3, 64, 64);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => inference.Predict(image)).Message, "(3, 64, 64)");
    }

    [TestMethod]
    [DoNotParallelize]
    public void Predict_ManyCalls_LeakNoTensorsAndNoWorkspace()
    {
        using Mask2FormerInference inference = Create(Small);
        void Run()
        {
            using var scope = NewDisposeScope();
            inference.Predict(rand(2, 3, 64, 48));
        }

        Run();
        long before = LiveTensors.Count(), workspace = inference.PeakWorkspaceBytes;
        for (int i = 0; i < 5; i++)
        {
            Run();
        }

        Assert.IsLessThanOrEqualTo(before, Tensor.TotalCount);
        Assert.AreEqual(workspace, inference.PeakWorkspaceBytes);
    }

    private static Mask2FormerInference Create(Mask2FormerConfig config)
    {
        using var model = new Mask2FormerForUniversalSegmentation(config, generator: new Generator(1));
        return new Mask2FormerInference(model);
    }

    private static void AssertEqual(Tensor expected, Tensor actual) => Assert.IsTrue(expected.eq(actual).all().item<bool>());
}
