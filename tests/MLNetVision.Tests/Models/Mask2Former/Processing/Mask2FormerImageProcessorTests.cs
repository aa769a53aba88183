using System.Text.Json;
using CsCheck;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Models.Mask2Former.Processing;

[TestClass]
[TestCategory("Levels")]
public sealed class Mask2FormerImageProcessorTests
{
    private const string Area = "mask2former-processor";

    private static readonly Mask2FormerImageProcessorConfig Unchanged = new() { DoResize = false };

    public static IEnumerable<object[]> Cases => Goldens.Names(Area);

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Process_GoldenCase_GivesItsTensors(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        Mask2FormerImageProcessorConfig config = Mask2FormerImageProcessorConfig.FromJson(golden.Json.GetProperty("effective_parameters").GetRawText());
        var processor = new Mask2FormerImageProcessor(config);
        ImageSource[] images = [.. Inputs(golden, "image.").Select(input => (ImageSource)golden.InputImage(input))];
        SegmentationTruth[] truths = [.. Inputs(golden, "segmentation_map.").Select((input, i) => Truth(golden, input, i))];
        if (golden.RequiresError)
        {
            Assert.ThrowsExactly<ArgumentException>(() => processor.Process(images, truths));
            return;
        }

        using Mask2FormerInputs inputs = processor.Process(images, truths.Length == 0 ? null : truths);
        foreach (string expected in golden.ExpectedNames)
        {
            if (expected == "pixel_values")
            {
                golden.AssertTensor(expected, inputs.PixelValues);
                PixelValues pixels = processor.ProcessPixels(images);
                CollectionAssert.AreEqual(inputs.PixelValues.shape, new long[] { pixels.Images, PixelValues.Channels, pixels.Height, pixels.Width });
                using torch.Tensor floats = inputs.PixelValues.to(torch.float32);
                CollectionAssert.AreEqual(floats.data<float>().ToArray(), pixels.Values);
                CollectionAssert.AreEqual(inputs.Sizes.ToArray(), pixels.Sizes.ToArray());
                Assert.AreEqual(TargetSize.Of(inputs, 0, 7, 8), TargetSize.Of(pixels, 0, 7, 8));
            }
            else if (expected == "pixel_mask")
            {
                Assert.AreEqual(torch.ScalarType.Int64, inputs.PixelMask.dtype);
                golden.AssertTensor(expected, inputs.PixelMask);
            }
            else if (expected == "valid_sizes")
            {
                (int, int)[] sizes = [.. golden.Expected(expected).EnumerateArray().Select(size => (size[0].GetInt32(), size[1].GetInt32()))];
                CollectionAssert.AreEqual(sizes, inputs.Sizes.ToArray());
            }
            else if (expected.StartsWith("mask_labels.", StringComparison.Ordinal))
            {
                using torch.Tensor labels = inputs.Segments![Number(expected)].ToMaskLabels(inputs.Height, inputs.Width);
                golden.AssertTensor(expected, labels);
            }
            else if (expected.StartsWith("class_labels.", StringComparison.Ordinal))
            {
                using torch.Tensor labels = inputs.Segments![Number(expected)].ToClassLabels();
                golden.AssertTensor(expected, labels);
            }
            else
            {
                // Resized bytes are compared by ImageResizerTests.
                StringAssert.StartsWith(expected, "resized.");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Config_GoldenCase_SurvivesARoundTrip(string name)
    {
        JsonElement json = Goldens.Load(Area, name).Json.GetProperty("effective_parameters");
        string written = Mask2FormerImageProcessorConfig.FromJson(json.GetRawText()).ToJson();
        using JsonDocument document = JsonDocument.Parse(written);

        // A field that is null in the file is its default, and left out.
        string[] given = [.. json.EnumerateObject().Where(field => field.Value.ValueKind != JsonValueKind.Null).Select(field => field.Name)];
        foreach (string field in given)
        {
            Assert.IsTrue(JsonElement.DeepEquals(json.GetProperty(field), document.RootElement.GetProperty(field)), $"{field} of {json} became {written}");
        }

        Assert.AreEqual(given.Length, document.RootElement.EnumerateObject().Count(), written);
    }

    [TestMethod]
    public void Config_OldForms_AreUnderstood()
    {
        Assert.AreEqual(ImageSize.Edges(640, 1200), Mask2FormerImageProcessorConfig.FromJson("""{"size": 640, "max_size": 1200}""").Size);
        Assert.AreEqual(ImageSize.Edges(640, 1333), Mask2FormerImageProcessorConfig.FromJson("""{"size": 640}""").Size);
        Assert.IsTrue(Mask2FormerImageProcessorConfig.FromJson("""{"do_reduce_labels": true}""").ReducesLabels);
    }

    [TestMethod]
    [DataRow("""{"size": {"shortest_edge": 3}}""", "size")]
    [DataRow("""{"size": {"shortest_edge": 3, "longest_edge": 3}}""", "size")]
    [DataRow("""{"size_divisor": -1}""", "size_divisor")]
    [DataRow("""{"num_labels": 0}""", "num_labels")]
    public void Config_Contradiction_IsAnErrorThatNamesTheField(string json, string field)
    {
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => Mask2FormerImageProcessorConfig.FromJson(json));
        StringAssert.Contains(error.Message, field);
    }

    [TestMethod]
    public void Process_MissingInstance_NamesItAndThePicture()
    {
        var truth = SegmentationTruth.FromMap(new[] { 1, 2, 70001, 1 }, 2, 2, new Dictionary<int, int> { [1] = 0, [2] = 0 });
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => new Mask2FormerImageProcessor(Unchanged).Process(new RgbImage(2, 2), truth));
        StringAssert.Contains(error.Message, "70001");
        StringAssert.Contains(error.Message, "Picture 0");
    }

    [TestMethod]
    public void Process_ClassOutsideTheList_IsNamed()
    {
        var processor = new Mask2FormerImageProcessor(Unchanged with { NumLabels = 3 });
        var truth = SegmentationTruth.FromMap(new[] { 0, 1, 2, 255 }, 2, 2);
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => processor.Process(new RgbImage(2, 2), truth));
        StringAssert.Contains(error.Message, "class 255");
        StringAssert.Contains(error.Message, "ignore_index");
    }

    [TestMethod]
    public void Process_TruthOfAnotherSize_IsAnError()
    {
        var truth = SegmentationTruth.FromMap(new int[6], 2, 3);
        Assert.ThrowsExactly<ArgumentException>(() => new Mask2FormerImageProcessor(Unchanged).Process(new RgbImage(2, 2), truth));
        Assert.ThrowsExactly<ArgumentException>(() => SegmentationTruth.FromMap(new int[6], 2, 2));
        Assert.ThrowsExactly<ArgumentException>(() => SegmentationTruth.FromMasks([RunLengthMask.Empty(2, 3)], [1], 2, 2));
        Assert.ThrowsExactly<ArgumentException>(() => SegmentationTruth.FromMasks([RunLengthMask.Empty(2, 2)], [], 2, 2));
    }

    [TestMethod]
    public void Process_OverlappingMasks_KeepTheirOverlap()
    {
        RunLengthMask all = RunLengthMask.FromBox(new BoundingBox(0, 0, 4, 4), 4, 4), left = RunLengthMask.FromBox(new BoundingBox(0, 0, 2, 4), 4, 4);
        using Mask2FormerInputs inputs = new Mask2FormerImageProcessor(Unchanged)
            .Process(new RgbImage(4, 4), SegmentationTruth.FromMasks([all, left], [7, 3], 4, 4));
        EncodedSegments segments = inputs.Segments![0];
        Assert.AreEqual(16, segments.Masks[0].Area);
        Assert.AreEqual(8, segments.Masks[1].Area);
        CollectionAssert.AreEqual(new long[] { 7, 3 }, segments.Classes.ToArray());
    }

    /// <summary>A segment is the same whether it comes as a map or as a mask.</summary>
    [TestMethod]
    public void Process_MasksOfAMap_AreResizedLikeTheMap() =>
        Gen.Select(Gen.Int[1, 30], Gen.Int[1, 30], Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int[0, 3].Array[900]).Sample((width, height, toWidth, toHeight, ids) =>
        {
            var processor = new Mask2FormerImageProcessor(new Mask2FormerImageProcessorConfig { Size = ImageSize.Fixed(toHeight, toWidth), SizeDivisor = 0 });
            int[] map = ids[..(width * height)];
            IReadOnlyDictionary<int, RunLengthMask> masks = LabelMap.ToMasks(map, height, width);
            var image = new RgbImage(width, height);
            using Mask2FormerInputs ofMap = processor.Process(image, SegmentationTruth.FromMap(map, height, width));
            using Mask2FormerInputs ofMasks = processor.Process(image, SegmentationTruth.FromMasks([.. masks.Values], [.. masks.Keys], height, width));
            CollectionAssert.AreEqual(ofMap.Segments![0].Masks.ToArray(), ofMasks.Segments![0].Masks.ToArray());
            CollectionAssert.AreEqual(ofMap.Segments[0].Classes.ToArray(), ofMasks.Segments[0].Classes.ToArray());
        }, iter: 200, seed: "0000000000001");

    [TestMethod]
    public void Process_PaddedDivisor_KeepsTheRatioAndPads()
    {
        using var scope = torch.NewDisposeScope();
        var config = new Mask2FormerImageProcessorConfig { Size = ImageSize.Edges(20, 100), SizeDivisor = 32 };
        using Mask2FormerInputs inputs = new Mask2FormerImageProcessor(config) { DivisorRule = SizeDivisorRule.Pad }.Process(new RgbImage(30, 10));
        Assert.AreEqual((32, 64), (inputs.Height, inputs.Width));
        Assert.AreEqual((20, 60), inputs.Sizes[0]);
        Assert.AreEqual(20 * 60, inputs.PixelMask.sum().item<long>());
        using torch.Tensor padding = inputs.PixelValues.narrow(2, 20, 12);
        Assert.AreEqual(0f, padding.abs().max().item<float>());
    }

    [TestMethod]
    public void Process_VoidPixels_AreReported()
    {
        using Mask2FormerInputs inputs = new Mask2FormerImageProcessor(Unchanged with { IgnoreIndex = 255, ReduceLabels = true })
            .Process(new RgbImage(2, 2), SegmentationTruth.FromMap(new[] { 0, 1, 255, 2 }, 2, 2));
        CollectionAssert.AreEqual(new byte[] { 1, 0, 1, 0 }, inputs.Segments![0].Void!.ToRowMajor());
        CollectionAssert.AreEqual(new long[] { 0, 1 }, inputs.Segments[0].Classes.ToArray());
    }

    private static string[] Inputs(GoldenCase golden, string prefix) =>
        [.. golden.InputNames.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(Number)];

    private static int Number(string name) => int.Parse(name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]);

    private static SegmentationTruth Truth(GoldenCase golden, string input, int image)
    {
        using torch.Tensor map = golden.InputTensor(input);
        using torch.Tensor ids = map.to(torch.int32);
        IReadOnlyDictionary<int, int>? classes = null;
        if (golden.Json.GetProperty("parameters").TryGetProperty("instance_id_to_semantic_id", out JsonElement mapping))
        {
            classes = (mapping.ValueKind == JsonValueKind.Array ? mapping[image] : mapping).EnumerateObject()
                .ToDictionary(pair => int.Parse(pair.Name), pair => pair.Value.GetInt32());
        }

        return SegmentationTruth.FromMap(ids.data<int>().ToArray(), (int)ids.shape[0], (int)ids.shape[1], classes);
    }
}
