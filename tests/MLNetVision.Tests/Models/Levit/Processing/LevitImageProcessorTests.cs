using System.Text.Json;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Models.Levit.Processing;

[TestClass]
[TestCategory("Levels")]
public sealed class LevitImageProcessorTests
{
    public static IEnumerable<object[]> Cases => Goldens.Names("levit-processor");

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Process_GoldenCase_GivesItsPixelValues(string name)
    {
        GoldenCase golden = Goldens.Load("levit-processor", name);
        var processor = new LevitImageProcessor(LevitImageProcessorConfig.FromJson(golden.Json.GetProperty("effective_parameters").GetRawText()));
        string[] files = [.. golden.InputNames.Select(golden.InputImage)];
        using var scope = torch.NewDisposeScope();
        using torch.Tensor fromFiles = processor.Process([.. files.Select(ImageSource.FromFile)]);
        Assert.AreEqual(golden.Expected("pixel_values").GetProperty("dtype").GetString() == "uint8" ? torch.ScalarType.Byte : torch.ScalarType.Float32, fromFiles.dtype);
        golden.AssertTensor("pixel_values", fromFiles);
        PixelValues pixels = processor.ProcessPixels([.. files.Select(ImageSource.FromFile)]);
        CollectionAssert.AreEqual(fromFiles.shape, new long[] { pixels.Images, PixelValues.Channels, pixels.Height, pixels.Width });
        CollectionAssert.AreEqual(fromFiles.to(torch.float32).data<float>().ToArray(), pixels.Values);
        using torch.Tensor fromImages = processor.Process([.. files.Select(file => (ImageSource)ImageDecoder.Decode(file))]);
        Assert.IsTrue(fromFiles.equal(fromImages).all().item<bool>());
        if (golden.ExpectedNames.Contains("resized_sizes"))
        {
            long[][] sizes = [.. golden.Expected("resized_sizes").EnumerateArray().Select(GoldenCase.Longs)];
            for (int i = 0; i < files.Length; i++)
            {
                (int width, int height) = ImageDecoder.ReadSize(files[i]);
                Assert.AreEqual(((int)sizes[i][1], (int)sizes[i][0]), processor.ResizedSize(width, height));
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Config_GoldenCase_SurvivesARoundTrip(string name)
    {
        JsonElement json = Goldens.Load("levit-processor", name).Json.GetProperty("effective_parameters");
        string written = LevitImageProcessorConfig.FromJson(json.GetRawText()).ToJson();
        Assert.IsTrue(JsonElement.DeepEquals(json, JsonDocument.Parse(written).RootElement), $"{json} became {written}");
    }

    [TestMethod]
    public void Config_OldForms_AreUnderstood()
    {
        var config = LevitImageProcessorConfig.FromJson(
            """{"feature_extractor_type": "LevitFeatureExtractor", "size": 128, "crop_size": 96, "image_mean": null, "resample": 2}""");
        Assert.AreEqual(ImageSize.Shortest(128), config.Size);
        Assert.AreEqual(ImageSize.Fixed(96, 96), config.CropSize);
        Assert.AreEqual(ChannelValues.ImageNetMean, config.ImageMean);
        Assert.AreEqual(Resampling.Bilinear, config.Resample);
        Assert.AreEqual("LevitFeatureExtractor", config.UnknownFields["feature_extractor_type"].GetString());
        StringAssert.Contains(config.ToJson(), "\"feature_extractor_type\": \"LevitFeatureExtractor\"");
        Assert.AreEqual(config, LevitImageProcessorConfig.FromJson(config.ToJson()));
        Assert.AreEqual(ImageSize.Fixed(3, 4), LevitImageProcessorConfig.FromJson("""{"size": [3, 4]}""").Size);
    }

    [TestMethod]
    [DataRow("""{"size": {"height": 3}}""", "size")]
    [DataRow("""{"size": {"longest_edge": 3}}""", "size")]
    [DataRow("""{"size": {"shortest_edge": 0}}""", "size")]
    [DataRow("""{"size": {}}""", "size")]
    [DataRow("""{"crop_size": {"shortest_edge": 3}}""", "crop_size")]
    [DataRow("""{"image_std": [1, 0, 1]}""", "image_std")]
    [DataRow("""{"image_mean": [1, 0]}""", "image_mean")]
    [DataRow("""{"resample": 6}""", "resample")]
    [DataRow("[]", "JSON object")]
    [DataRow("{", "not valid")]
    public void Config_Contradiction_IsAnErrorThatNamesTheField(string json, string field)
    {
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => LevitImageProcessorConfig.FromJson(json));
        StringAssert.Contains(error.Message, field);
    }

    [TestMethod]
    [DataRow("""{"image_processor_type": "LevitImageProcessor"}""", null)]
    [DataRow("""{"image_processor_type": "LevitImageProcessorFast"}""", null)]
    [DataRow("{}", null)]
    [DataRow("""{"feature_extractor_type": "LevitFeatureExtractor"}""", null)]
    [DataRow("""{"feature_extractor_type": "ViTFeatureExtractor"}""", "ViTFeatureExtractor")]
    [DataRow("""{"feature_extractor_type": "ViTFeatureExtractor", "image_processor_type": "LevitImageProcessor"}""", null)]
    [DataRow("""{"image_processor_type": "ViTImageProcessor"}""", "ViTImageProcessor")]
    public void Config_OfAnotherProcessorsName_IsReadWithAComplaint(string json, string? named)
    {
        LevitImageProcessorConfig config = LevitImageProcessorConfig.FromJson(json);
        Assert.HasCount(named is null ? 0 : 1, config.Complaints);
        Assert.IsTrue(config.Complaints.All(text => text.Contains($"'{named}'", StringComparison.Ordinal)));
        StringAssert.Contains(config.ToJson(), "\"image_processor_type\": \"LevitImageProcessor\"");
    }

    [TestMethod]
    public void Config_File_IsReadFromItsFolder()
    {
        using var folder = new TemporaryFolder();
        LevitImageProcessorConfig config = LevitImageProcessorConfig.ForImageSize(32) with { ImageMean = 0.5 };
        config.SaveTo(folder.Path);
        Assert.AreEqual(config, LevitImageProcessor.FromPretrained(folder.Path).Config);
        File.WriteAllText(Path.Combine(folder.Path, ImageProcessorConfig.FileName), """{"size": {"height": 1}}""");
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => LevitImageProcessor.FromPretrained(folder.Path));
        StringAssert.Contains(error.Message, folder.Path);
    }

    [TestMethod]
    public void Process_SizesThatDiffer_AreAnErrorThatNamesThem()
    {
        var processor = new LevitImageProcessor(new LevitImageProcessorConfig { DoResize = false, DoCenterCrop = false });
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => processor.Process([new RgbImage(3, 4), new RgbImage(4, 3)]));
        StringAssert.Contains(error.Message, "3×4");
        StringAssert.Contains(error.Message, "4×3");
    }

    [TestMethod]
    public void Process_BadPictureInABatch_IsTheDecodersError()
    {
        var processor = new LevitImageProcessor();
        Assert.ThrowsExactly<InvalidDataException>(() => processor.Process([new RgbImage(3, 4), ImageSource.FromBytes(new byte[] { 1, 2 })]));
        Assert.ThrowsExactly<ArgumentException>(() => processor.Process(Array.Empty<ImageSource>()));
    }

    [TestMethod]
    public void Process_Row_DoesNotDependOnItsNeighbours()
    {
        var processor = new LevitImageProcessor(LevitImageProcessorConfig.ForImageSize(32));
        using var scope = torch.NewDisposeScope();
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(Goldens.Root, "images"), "*.png")];
        using torch.Tensor batch = processor.Process([.. files.Select(ImageSource.FromFile)]);
        for (int i = 0; i < files.Length; i++)
        {
            using torch.Tensor alone = processor.Process(files[i]);
            using torch.Tensor row = batch[i].unsqueeze(0);
            Assert.IsTrue(alone.equal(row).all().item<bool>());
        }
    }
}
