using System.Text.Json.Nodes;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Models.Common.Checkpoints;

[TestClass]
public sealed class HostileConfigTests
{
    private static readonly LevitConfig SmallLevit = new()
    {
        ImageSize = 32, HiddenSizes = [16, 16, 16], NumAttentionHeads = [1, 1, 1], Depths = [1, 1, 1], KeyDim = [8, 8, 8], Labels = ["a", "b", "c"],
    };

    private static readonly PretrainedOptions Quiet = new() { Warning = _ => { } };

    /// <summary>The fields that no tensor has to do with.</summary>
    private static readonly string[] FreeFields = ["ignore_value", "num_hidden_layers", "num_layers", "hidden_size", "use_auxiliary_loss", "train_num_points", "initializer_range"];

    [TestMethod]
    public void FromPretrained_HostileConfigFile_IsRefusedCheaply()
    {
        using var folder = new TemporaryFolder();
        using (var model = new LevitForImageClassificationWithTeacher(SmallLevit))
        {
            model.SavePretrained(folder["m"]);
        }

        foreach (string file in Cases.Files("hostile", "config*.json"))
        {
            File.Copy(file, folder["m/config.json"], overwrite: true);
            string? refusal = Cases.Cheaply(file, () => LevitForImageClassificationWithTeacher.FromPretrained(folder["m"], Quiet).Dispose());
            Assert.IsNotNull(refusal, file);
            Assert.IsTrue(new[] { "'num_labels'", "'depths'" }.Any(field => refusal.Contains(field, StringComparison.Ordinal)), refusal);
        }
    }

    [TestMethod]
    public void FromPretrained_AbsurdFieldOfLevit_IsNamed() =>
        TryFields(new LevitForImageClassification(SmallLevit), path => LevitForImageClassification.FromPretrained(path, Quiet));

    [TestMethod]
    public void FromPretrained_AbsurdFieldOfMask2Former_IsNamed() => TryFields(
        new Mask2FormerForUniversalSegmentation(OriginalKeyNameTests.SmallMask2Former), path => Mask2FormerForUniversalSegmentation.FromPretrained(path, Quiet));

    [TestMethod]
    [DataRow("2147483647")]
    [DataRow("100001")]
    [DataRow("463417")]
    [DataRow("0")]
    [DataRow("-5")]
    [DataRow("3e9")]
    [DataRow("\"2147483647\"")]
    public void FromJson_NumberOfLabels_IsCheckedBeforeNamesAreMade(string count)
    {
        string? refusal = Cases.Cheaply(count, () => LevitConfig.FromJson($$"""{"num_labels": {{count}}}"""));
        Assert.IsNotNull(refusal);
        Assert.AreEqual(100_000, LevitConfig.FromJson("""{"num_labels": 100000}""").NumLabels);
    }

    [TestMethod]
    public void FromJson_AbsurdProcessorField_IsNamed()
    {
        TryProcessor(new LevitImageProcessorConfig().ToJson(), json => _ = new LevitImageProcessor(LevitImageProcessorConfig.FromJson(json)).ResizedSize(300, 2));
        TryProcessor(new Mask2FormerImageProcessorConfig().ToJson(), json => _ = new Mask2FormerImageProcessor(Mask2FormerImageProcessorConfig.FromJson(json)).ResizedSize(300, 2));
    }

    private static void TryProcessor(string json, Action<string> read)
    {
        string[] sizes = ["size", "crop_size", "size_divisor", "resample"];
        foreach (string field in sizes.Where(field => JsonNode.Parse(json)!.AsObject().ContainsKey(field)))
        {
            foreach (JsonNode value in new JsonNode[] { 2147483647, -1, JsonNode.Parse("[2147483647, 2147483647]")!, JsonNode.Parse("""{"height": 2147483647, "width": 2147483647}""")! })
            {
                JsonObject changed = JsonNode.Parse(json)!.AsObject();
                changed[field] = value.DeepClone();
                string? refusal = Cases.Cheaply($"{field} {value}", () => read(changed.ToJsonString()));
                Assert.IsNotNull(refusal, $"{field} {value}");
                StringAssert.Contains(refusal, field);
            }
        }
    }

    private static void TryFields<TModel>(TModel model, Func<string, TModel> load)
        where TModel : torch.nn.Module
    {
        using var folder = new TemporaryFolder();
        using (model)
        {
            PretrainedConfig config = model is LevitForImageClassification levit ? levit.Config : ((Mask2FormerForUniversalSegmentation)(object)model).Config;
            PretrainedFolder.Save(folder["m"], model, config);
        }

        string good = File.ReadAllText(folder["m/config.json"]);
        load(folder["m"]).Dispose();
        foreach (string path in NumberPaths(JsonNode.Parse(good)!, ""))
        {
            foreach (int value in new[] { int.MaxValue, 1_000_000, 300, -1 })
            {
                JsonNode changed = JsonNode.Parse(good)!;
                Replace(changed, path, value);
                File.WriteAllText(folder["m/config.json"], changed.ToJsonString());
                string? refusal = null;
                try
                {
                    refusal = Cases.Cheaply($"{path} = {value}", () => load(folder["m"]).Dispose());
                }
                catch (CheckpointMismatchException) when (value < 1_000)
                {
                    continue; // built at little cost, and refused with the tensors' names
                }

                string field = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Last(part => !char.IsAsciiDigit(part[0]));
                if (refusal is not null)
                {
                    StringAssert.Contains(refusal, field is "id2label" or "label2id" ? "label" : "'", $"{path} = {value}");
                }
                else
                {
                    // Ids beside labels only lead to a complaint: the names are those of id2label.
                    Assert.IsTrue(value <= 300 || path.StartsWith("/label2id/", StringComparison.Ordinal) || FreeFields.Contains(field) || field.EndsWith("_weight", StringComparison.Ordinal) || field.EndsWith("std", StringComparison.Ordinal)
                        || field.EndsWith("ratio", StringComparison.Ordinal) || field is "layer_norm_eps" or "common_stride" or "feature_strides" or "image_size" or "out_indices", $"{path} = {value} was taken");
                }
            }
        }
    }

    private static IEnumerable<string> NumberPaths(JsonNode node, string path) => node switch
    {
        JsonObject fields => fields.Where(field => field.Value is not null).SelectMany(field => NumberPaths(field.Value!, $"{path}/{field.Key}")),
        JsonArray items => items.Select((item, i) => (item, i)).Where(pair => pair.item is not null).SelectMany(pair => NumberPaths(pair.item!, $"{path}/{pair.i}")),
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.Number => [path],
        _ => [],
    };

    private static void Replace(JsonNode root, string path, int value)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        JsonNode at = root;
        foreach (string part in parts[..^1])
        {
            at = at is JsonArray list ? list[int.Parse(part)]! : at[part]!;
        }

        if (at is JsonArray array)
        {
            array[int.Parse(parts[^1])] = value;
        }
        else
        {
            at[parts[^1]] = value;
        }
    }
}
