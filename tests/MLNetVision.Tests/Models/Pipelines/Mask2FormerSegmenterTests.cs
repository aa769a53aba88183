using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.PostProcessing;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Pipelines;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Models.Training.Segmentation;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Pipelines;

[TestClass]
public sealed class Mask2FormerSegmenterTests
{
    internal static readonly Lazy<string> Saved = new(() =>
    {
        string folder = RunFolder.Shared("mask2former");
        using Mask2FormerForUniversalSegmentation model = TinySegmentation.Model();
        using (no_grad())
        using (Tensor bias = tensor(new[] { 0f, 0f, -10f }))
        {
            // Untrained, every query would answer "no object".
            model.state_dict()["class_predictor.bias"].copy_(bias);
        }

        model.SavePretrained(folder, new SaveOptions { PreprocessorJson = new Mask2FormerImageProcessorConfig { Size = ImageSize.Fixed(64, 96) }.ToJson() });
        return folder;
    });

    public static IEnumerable<object[]> GoldenFolders => Goldens.Names("checkpoints", golden => golden.Has("folder") && golden.Text("class") == nameof(Mask2FormerForUniversalSegmentation));

    private static ImageSource[] Pictures => [.. Enumerable.Range(0, 5).Select(i => (ImageSource)ConformanceData.PathOf(i))];

    [TestMethod]
    [DynamicData(nameof(GoldenFolders))]
    public void Segment_GoldenFolder_EqualsItsModel(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        GoldenCase golden = Goldens.Load("checkpoints", name);
        string folder = Path.Combine(Goldens.Root, "checkpoints", golden.Text("folder"));
        using Mask2FormerSegmenter segmenter = Mask2FormerSegmenter.FromPretrained(folder);
        var model = Mask2FormerForUniversalSegmentation.FromPretrained(folder, new PretrainedOptions { Mode = LoadMode.Strict });
        RgbImage picture = Pictures[2].Load();
        using Mask2FormerInputs inputs = new Mask2FormerImageProcessor(segmenter.Preprocessing).Process(picture);
        Mask2FormerSegmentationOutput output = model.forward(inputs.PixelValues);
        SegmentationResult expected = Mask2FormerPostProcessor.Semantic(
            output.ClassQueriesLogits, output.MasksQueriesLogits!, [TargetSize.Of(inputs, 0, picture.Height, picture.Width)])[0];
        SegmentationResult actual = segmenter.Segment(picture, new SegmentationOptions { Task = SegmentationTask.Semantic });

        // Rounding may move a pixel on an edge.
        int different = expected.ToLabelMap().Zip(actual.ToLabelMap()).Count(pair => pair.First != pair.Second);
        Assert.IsLessThanOrEqualTo(picture.Width * picture.Height / 500, different);
    }

    [TestMethod]
    [DataRow(SegmentationTask.Semantic, ScoringPrecision.Single)]
    [DataRow(SegmentationTask.Instance, ScoringPrecision.Single)]
    [DataRow(SegmentationTask.Panoptic, ScoringPrecision.Single)]
    [DataRow(SegmentationTask.Panoptic, ScoringPrecision.BFloat16)]
    public void Segment_Pictures_EqualsTheMLNetPath(SegmentationTask task, ScoringPrecision precision)
    {
        var ml = new MLContext();
        IDataView data = ConformanceData.Create(ml, PictureForm.Paths, Pictures.Length);
        var scoring = new SegmentationScoringOptions { Task = task, Threshold = 0, OverlapMaskAreaThreshold = 0, Precision = precision };
        using Mask2FormerTransformer transformer = ml.Transforms.ApplyMask2Former(Saved.Value, scoring).Fit(data);
        IDataView scored = transformer.Transform(data);
        string[][] masks = [.. scored.GetColumn<string[]>(SegmentationColumns.PredictedMasks)];
        float[][] scores = [.. scored.GetColumn<float[]>(SegmentationColumns.Score)];
        uint[][] labels = [.. scored.GetColumn<uint[]>(SegmentationColumns.PredictedLabel)];

        using Mask2FormerSegmenter segmenter = Mask2FormerSegmenter.FromPretrained(Saved.Value, new PipelineOptions { Precision = precision });
        IReadOnlyList<SegmentationResult> actual = segmenter.Segment(Pictures, scoring);
        Assert.HasCount(Pictures.Length, actual);
        Assert.IsTrue(actual.Any(result => result.Segments.Count > 0));
        for (int i = 0; i < actual.Count; i++)
        {
            CollectionAssert.AreEqual(masks[i], actual[i].Segments.Select(segment => segment.Mask.ToCompressed()).ToArray(), $"picture {i}");
            CollectionAssert.AreEqual(scores[i], actual[i].Segments.Select(segment => segment.Score).ToArray(), $"picture {i}");
            CollectionAssert.AreEqual(labels[i], actual[i].Segments.Select(segment => (uint)segment.LabelId + 1).ToArray(), $"picture {i}");
        }
    }

    [TestMethod]
    public async Task Segment_FromManyThreads_AnswersTheSame()
    {
        using Mask2FormerSegmenter segmenter = Mask2FormerSegmenter.FromPretrained(Saved.Value);
        var options = new SegmentationOptions { Task = SegmentationTask.Semantic };
        int[][] expected = [.. (await segmenter.SegmentAsync(Pictures, options)).Select(result => result.ToLabelMap())];
        Parallel.For(0, 20, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i =>
            CollectionAssert.AreEqual(expected[i % expected.Length], segmenter.Segment(Pictures[i % expected.Length], options).ToLabelMap()));
        CollectionAssert.AreEqual(expected[0], (await segmenter.SegmentAsync(Pictures[0], options)).ToLabelMap());
    }

    [TestMethod]
    public void Dispose_WhileInUse_WaitsAndRefusesLaterCalls()
    {
        Mask2FormerSegmenter segmenter = Mask2FormerSegmenter.FromPretrained(Saved.Value);
        ImageSource[] pictures = Pictures;
        DisposalInUse.Check(segmenter, threads: 3, () => segmenter.Segment(pictures[0]), () => segmenter.Segment(pictures));
    }

    [TestMethod]
    public async Task SegmentAsync_Cancelled_Stops()
    {
        using Mask2FormerSegmenter segmenter = Mask2FormerSegmenter.FromPretrained(Saved.Value);
        using var cancellation = new CancellationTokenSource();
        ImageSource[] endless = [.. Enumerable.Repeat(Pictures[0], 100_000)];
        Task<IReadOnlyList<SegmentationResult>> running = segmenter.SegmentAsync(endless, cancellation: cancellation.Token);
        cancellation.CancelAfter(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAsync<OperationCanceledException>(() => running);
    }

    [TestMethod]
    public void Segment_WrongOption_Throws()
    {
        using Mask2FormerSegmenter segmenter = Mask2FormerSegmenter.FromPretrained(Saved.Value);
        Assert.Contains("'cloud'", Assert.ThrowsExactly<ArgumentException>(() => segmenter.Segment(Pictures[0], new SegmentationOptions { ThingClasses = ["cloud"] })).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => segmenter.Segment(Pictures[0], new SegmentationOptions { Threshold = 2 }));
        Assert.ThrowsExactly<ArgumentException>(() => segmenter.Segment(Pictures[0], new SegmentationOptions { Task = SegmentationTask.Instance, ThingClasses = [] }));
        Assert.IsEmpty(segmenter.Segment([]));
    }

    [TestMethod]
    [DoNotParallelize] // others make tensors
    public void Segment_AgainAndAgain_KeepsNoNativeTensors() => LiveTensors.AssertNoneKept(() =>
    {
        using Mask2FormerSegmenter segmenter = Mask2FormerSegmenter.FromPretrained(Saved.Value);
        segmenter.Segment(Pictures[0]);
    });
}
