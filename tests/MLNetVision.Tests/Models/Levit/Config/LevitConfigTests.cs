using System.Text.Json.Nodes;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Levit.Config;

[TestClass]
public sealed class LevitConfigTests
{
    public static IEnumerable<object[]> GoldenConfigs =>
        Goldens.Names("levit").Select(row => new[] { "levit", row[0] })
            .Concat(Goldens.Names("keys", golden => golden.TextOrNull("class")?.StartsWith("Levit", StringComparison.Ordinal) == true).Select(row => new[] { "keys", row[0] }));

    public static IEnumerable<object[]> ConfigFiles => Goldens.Names("checkpoints", golden => golden.TextOrNull("model_type") == "levit");

    [TestMethod]
    [DynamicData(nameof(GoldenConfigs))]
    public void Config_OfGolden_SurvivesRoundTrip(string area, string name) => AssertRoundTrip(Goldens.Load(area, name).ConfigJson);

    [TestMethod]
    [DynamicData(nameof(ConfigFiles))]
    public void Config_WithUnknownFields_SurvivesRoundTrip(string name) => AssertRoundTrip(Goldens.Load("checkpoints", name).Json.GetRawText());

    [TestMethod]
    public void Config_WithoutFields_IsLevit128()
    {
        LevitConfig config = LevitConfig.FromJson("{}");
        Assert.AreEqual(LevitPresets.Get("levit-128"), config with { Labels = LevitConfig.DefaultLabels(1000) });
        Assert.AreEqual(2, config.NumLabels);
    }

    [TestMethod]
    public void Config_WithOtherSizes_DerivesItsDownOps()
    {
        JsonNode json = JsonNode.Parse((LevitPresets.Get("levit-192") with { HiddenSizes = [256, 288, 384] }).ToJson())!;
        Assert.AreEqual("""[["Subsample",32,8,4,2,2],["Subsample",32,9,4,2,2]]""", json["down_ops"]!.ToJsonString());
    }

    [TestMethod]
    [DataRow("""{"hidden_sizes": [128, 256]}""", "hidden_sizes")]
    [DataRow("""{"hidden_sizes": [4, 256, 384]}""", "hidden_sizes")]
    [DataRow("""{"num_attention_heads": [4, 0, 4]}""", "num_attention_heads")]
    [DataRow("""{"depths": [1, 1, 1, 1]}""", "depths")]
    [DataRow("""{"depths": [1, -1, 1]}""", "depths")]
    [DataRow("""{"key_dim": [129, 16, 16]}""", "key_dim")]
    [DataRow("""{"mlp_ratio": [2, 2, 1.5]}""", "mlp_ratio")]
    [DataRow("""{"image_size": 0}""", "image_size")]
    [DataRow("""{"image_size": 225}""", "image_size")]
    [DataRow("""{"image_size": [224, 192]}""", "image_size")]
    [DataRow("""{"image_size": 8}""", "image_size")]
    [DataRow("""{"patch_size": 32}""", "image_size")]
    [DataRow("""{"kernel_size": 40, "padding": 0}""", "image_size")]
    [DataRow("""{"padding": -1}""", "padding")]
    [DataRow("""{"drop_path_rate": 1}""", "drop_path_rate")]
    [DataRow("""{"initializer_range": -0.1}""", "initializer_range")]
    [DataRow("""{"down_ops": [["Subsample", 16, 8, 4, 2, 2], ["Subsample", 16, 12, 4, 2, 2]]}""", "down_ops")]
    [DataRow("""{"down_ops": [null, ["Subsample", 16, 12, 4, 2, 2]]}""", "down_ops")]
    [DataRow("""{"model_type": "mask2former"}""", "model_type")]
    public void Config_Contradictory_NamesTheField(string json, string field)
    {
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => LevitConfig.FromJson(json));
        StringAssert.Contains(error.Message, field);
    }

    [TestMethod]
    public void Preset_Unknown_ListsTheKnown()
    {
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => LevitPresets.Get("levit-512"));
        LevitPresets.Names.ToList().ForEach(name => StringAssert.Contains(error.Message, name));
    }

    private static void AssertRoundTrip(string json)
    {
        LevitConfig config = LevitConfig.FromJson(json);
        var read = (JsonObject)JsonNode.Parse(json)!;
        var written = (JsonObject)JsonNode.Parse(config.ToJson())!;
        foreach ((string field, JsonNode? value) in read)
        {
            // Null is the default of the fields that are left out; Hugging Face appends [""] to down_ops in memory.
            bool isKept = field == "down_ops"
                ? JsonNode.DeepEquals(new JsonArray([.. ((JsonArray)value!).Take(2).Select(entry => entry!.DeepClone())]), written[field])
                : JsonNode.DeepEquals(value, written[field]) || (field is "id2label" or "label2id" && config.NumLabels == 2 && !written.ContainsKey(field));
            Assert.IsTrue(isKept, $"{field}: read {value?.ToJsonString()}, wrote {written[field]?.ToJsonString()}");
        }

        Assert.AreEqual(config, LevitConfig.FromJson(config.ToJson()));
    }
}
