using System.Text.Json;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Parity;

/// <summary>Folders that Hugging Face wrote: the logits that they must give, and what is written of them again.</summary>
[TestClass]
public sealed class CheckpointGoldenTests
{
    public static IEnumerable<object[]> Cases => Goldens.Names("checkpoints", golden => golden.Has("folder"));

    public static IEnumerable<object[]> Configs => Goldens.Names("checkpoints", golden => golden.Has("model_type"));

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void ToJson_GoldenConfig_KeepsEveryField(string name)
    {
        JsonElement golden = Goldens.Load("checkpoints", name).Json;
        string written = golden.GetProperty("model_type").GetString() switch
        {
            "levit" => PretrainedConfig.FromJson<LevitConfig>(golden.GetRawText()).ToJson(),
            "mask2former" => PretrainedConfig.FromJson<Mask2FormerConfig>(golden.GetRawText()).ToJson(),
            var unknown => throw new InvalidDataException($"The golden '{name}' is of the model type '{unknown}', which is not here."),
        };
        AssertContains(golden, JsonDocument.Parse(written).RootElement, name);
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void FromPretrained_GoldenFolder_GivesItsLogits(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        GoldenCase golden = Goldens.Load("checkpoints", name);
        (nn.Module model, PretrainedConfig config, LoadReport report, _) = Load(golden, Folder(golden));

        Assert.IsEmpty(report.Missing);
        Assert.IsEmpty(report.Reshaped);
        string[] unexpected = golden.Has("unexpected_keys") ? [.. golden.Json.GetProperty("unexpected_keys").EnumerateArray().Select(key => key.GetString()!)] : [];
        CollectionAssert.AreEquivalent(unexpected, report.Unexpected.ToArray());
        if (golden.Has("id2label"))
        {
            CollectionAssert.AreEqual(golden.Json.GetProperty("id2label").EnumerateObject().Select(label => label.Value.GetString()).ToArray(), config.Labels.ToArray());
        }

        AssertOutputs(golden, model);
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void SavePretrained_GoldenFolder_GivesTheSameWeightsConfigAndLogits(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var folder = new TemporaryFolder();
        GoldenCase golden = Goldens.Load("checkpoints", name);
        string source = Folder(golden);
        (_, _, LoadReport report, Action<string, SaveOptions> save) = Load(golden, source);
        string index = Path.Combine(source, "model.safetensors.index.json");
        save(folder["saved"], new SaveOptions { MaximumShardBytes = File.Exists(index) ? ShardLimit(source) : long.MaxValue });

        bool sameState = report.Unexpected.Count == 0 && report.Converted.Count == 0;
        foreach (string file in Directory.EnumerateFiles(source).Where(_ => sameState))
        {
            string saved = Path.Combine(folder["saved"], Path.GetFileName(file));
            switch (Path.GetExtension(file))
            {
                case ".safetensors":
                    CollectionAssert.AreEqual(File.ReadAllBytes(file), File.ReadAllBytes(saved), file);
                    break;
                case ".json" when Path.GetFileName(file) == PretrainedConfig.FileName || file == index:
                    AssertContains(Parse(file), Parse(saved), file);
                    break;
            }
        }

        (nn.Module again, _, LoadReport second, _) = Load(golden, folder["saved"]);
        Assert.IsTrue(second.IsComplete);
        AssertOutputs(golden, again);
    }

    // transformers leaves out what is a default; written out, it means the same.
    private static void AssertContains(JsonElement expected, JsonElement actual, string path)
    {
        if (expected.ValueKind != JsonValueKind.Object)
        {
            Assert.IsTrue(JsonElement.DeepEquals(expected, actual), $"{path}: {expected} was expected, {actual} written");
            return;
        }

        // LeViT's down_ops grow by an empty entry with every Hugging Face model that is made of a config, and are not read.
        foreach (JsonProperty property in expected.EnumerateObject().Where(property => property.Name != "down_ops"))
        {
            Assert.IsTrue(actual.TryGetProperty(property.Name, out JsonElement written), $"{path}: {property.Name} is missing");
            AssertContains(property.Value, written, $"{path}: {property.Name}");
        }
    }

    private static string Folder(GoldenCase golden) => Path.Combine(Goldens.Root, "checkpoints", golden.Text("folder"));

    private static JsonElement Parse(string file) => JsonDocument.Parse(File.ReadAllBytes(file)).RootElement;

    private static (nn.Module Model, PretrainedConfig Config, LoadReport Report, Action<string, SaveOptions> Save) Load(GoldenCase golden, string folder)
    {
        var options = new PretrainedOptions { Warning = _ => { } };
        LoadReport report;
        switch (golden.Text("class"))
        {
            case nameof(LevitModel):
                var bare = LevitModel.FromPretrained(folder, out report, options);
                return (bare, bare.Config, report, bare.SavePretrained);
            case nameof(LevitForImageClassification):
                var classifier = LevitForImageClassification.FromPretrained(folder, out report, options);
                return (classifier, classifier.Config, report, classifier.SavePretrained);
            case nameof(LevitForImageClassificationWithTeacher):
                var distilled = LevitForImageClassificationWithTeacher.FromPretrained(folder, out report, options);
                return (distilled, distilled.Config, report, distilled.SavePretrained);
            case nameof(Mask2FormerModel):
                var features = Mask2FormerModel.FromPretrained(folder, out report, options);
                return (features, features.Config, report, features.SavePretrained);
            case nameof(Mask2FormerForUniversalSegmentation):
                var segmenter = Mask2FormerForUniversalSegmentation.FromPretrained(folder, out report, options);
                return (segmenter, segmenter.Config, report, segmenter.SavePretrained);
            case var unknown:
                throw new InvalidDataException($"The golden '{golden.Name}' is of the class '{unknown}', which is not here.");
        }
    }

    private static void AssertOutputs(GoldenCase golden, nn.Module model)
    {
        Assert.IsFalse(model.training);
        Tensor pixelValues = golden.InputTensor("pixel_values");
        if (model is Mask2FormerForUniversalSegmentation segmenter)
        {
            Mask2FormerGoldenTests.AssertOutputs(golden, segmenter.call(pixelValues, Mask2FormerOutputs.All));
            return;
        }

        Dictionary<string, Tensor> outputs = LevitGolden.Outputs(model, pixelValues);
        foreach (string expected in golden.ExpectedNames)
        {
            golden.AssertTensor(expected, outputs[expected]);
        }
    }

    // The size that the folder was written with is not stored; the largest file of several tensors has the same effect.
    private static long ShardLimit(string folder)
    {
        long limit = 1;
        foreach (string file in Directory.EnumerateFiles(folder, "*.safetensors"))
        {
            using SafetensorsFile shard = SafetensorsFile.Open(file);
            long bytes = shard.Entries.Sum(entry => entry.ElementCount * TensorEntry.SizeOf(entry.DType));
            limit = shard.Entries.Count > 1 ? Math.Max(limit, bytes) : limit;
        }

        return limit;
    }
}
