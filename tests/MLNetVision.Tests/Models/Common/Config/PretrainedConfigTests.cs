using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MLNetVision.Models.Common.Config;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Config;

[TestClass]
public sealed class PretrainedConfigTests
{
    private const string Full = """
        {
          "architectures": ["SampleForClassification"],
          "id2label": { "10": "k", "0": "a", "1": "ñ", "2": "c<&'>", "3": "d", "4": "e", "5": "f", "6": "g", "7": "h", "8": "i", "9": "j" },
          "label2id": { "a": 0, "ñ": "1" },
          "model_type": "sample",
          "hidden_sizes": [1, 2],
          "inner": { "model_type": "inner", "depth": 7, "strange": [1.50, null] },
          "problem_type": "multi_label_classification",
          "torch_dtype": "float16",
          "transformers_version": "4.37.2",
          "future": { "z": [1, 2.50, null, "é"], "a": {} },
          "bad_words_ids": null
        }
        """;

    [TestMethod]
    public void Config_ReadAndWritten_KeepsEveryField()
    {
        SampleConfig config = PretrainedConfig.FromJson<SampleConfig>(Full);
        Assert.AreEqual(ProblemType.MultiLabelClassification, config.ProblemType);
        Assert.AreEqual("float16", config.TorchDType);
        Assert.AreEqual(11, config.NumLabels);
        Assert.AreEqual("k", config.Labels[10]);
        Assert.AreEqual(7, config.Inner.Depth);
        CollectionAssert.AreEquivalent(new[] { "future", "bad_words_ids" }, config.UnknownFields.Keys.ToArray());

        JsonNode written = JsonNode.Parse(config.ToJson())!;
        JsonNode expected = JsonNode.Parse(Full)!;
        expected["label2id"] = JsonNode.Parse("""{"a":0,"ñ":1,"c<&'>":2,"d":3,"e":4,"f":5,"g":6,"h":7,"i":8,"j":9,"k":10}""");
        Assert.IsTrue(JsonNode.DeepEquals(expected, written), written.ToJsonString());
        StringAssert.Contains(config.ToJson(), "2.50");
        Assert.AreEqual(config.ToJson(), PretrainedConfig.FromJson<SampleConfig>(config.ToJson()).ToJson());
    }

    [TestMethod]
    public void Config_KeyThatStandsTwice_HasItsLastValueAsInPython()
    {
        SampleConfig config = PretrainedConfig.FromJson<SampleConfig>("""
            { "torch_dtype": "float16", "inner": { "depth": 1, "depth": 2 }, "torch_dtype": "float32", "future": { "a": 1, "a": [2] }, "id2label": { "0": "x", "0": "y" } }
            """);
        Assert.AreEqual("float32", config.TorchDType);
        Assert.AreEqual(2, config.Inner.Depth);
        CollectionAssert.AreEqual(new[] { "y" }, config.Labels.ToArray());
        Assert.AreEqual("""{"a":[2]}""", JsonNode.Parse(config.ToJson())!["future"]!.ToJsonString());
    }

    [TestMethod]
    public void Config_NotANumberOfPython_IsPassedWhereNothingNeedsIt()
    {
        SampleConfig config = PretrainedConfig.FromJson<SampleConfig>("""{ "torch_dtype": "float32", "future": [NaN, -Infinity, {"a": Infinity}], "note": "NaN, Infinity" }""");
        Assert.AreEqual("float32", config.TorchDType);
        Assert.AreEqual("NaN, Infinity", JsonNode.Parse(config.ToJson())!["note"]!.GetValue<string>());
        Assert.AreEqual("""["NaN","-Infinity",{"a":"Infinity"}]""", JsonNode.Parse(config.ToJson())!["future"]!.ToJsonString());
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => PretrainedConfig.FromJson<SampleConfig>("""{ "rate": NaN }""")).Message, "rate");
        Assert.ThrowsExactly<InvalidDataException>(() => PretrainedConfig.FromJson<SampleConfig>("""{ "future": NaN, }"""));
    }

    [TestMethod]
    public void Config_Written_IsSortedIndentedAndReadable()
    {
        string json = PretrainedConfig.FromJson<SampleConfig>(Full).ToJson();
        string[] keys = [.. JsonDocument.Parse(json).RootElement.EnumerateObject().Select(field => field.Name)];
        CollectionAssert.AreEqual(keys.Order(StringComparer.Ordinal).ToArray(), keys);
        string[] ids = [.. JsonDocument.Parse(json).RootElement.GetProperty("id2label").EnumerateObject().Select(field => field.Name)];
        CollectionAssert.AreEqual(Enumerable.Range(0, 11).Select(id => $"{id}").ToArray(), ids);
        StringAssert.StartsWith(json, "{\n  \"architectures\": [\n    \"SampleForClassification\"\n  ],\n");
        StringAssert.EndsWith(json, "}\n");
        StringAssert.Contains(json, "c<&'>");
    }

    [TestMethod]
    public void Config_WithoutFields_HasHuggingFaceDefaults()
    {
        SampleConfig config = PretrainedConfig.FromJson<SampleConfig>("{}");
        CollectionAssert.AreEqual(new[] { "LABEL_0", "LABEL_1" }, config.Labels.ToArray());
        Assert.IsNull(config.ProblemType);
        Assert.AreEqual(new SampleConfig(), config);
        Assert.IsFalse(config.ToJson().Contains("id2label", StringComparison.Ordinal));
        Assert.AreEqual(5, PretrainedConfig.FromJson<SampleConfig>("""{"num_labels": 5}""").NumLabels);
        Assert.AreEqual(2, PretrainedConfig.FromJson<SampleConfig>("""{"id2label": null, "label2id": null}""").NumLabels);
    }

    [TestMethod]
    public void Configs_WithEqualLists_AreEqual()
    {
        var first = new SampleConfig { HiddenSizes = [1, 2], Labels = ["x"] };
        var second = new SampleConfig { HiddenSizes = [1, 2], Labels = ["x"] };
        Assert.AreEqual(first, second);
        Assert.AreEqual(first.GetHashCode(), second.GetHashCode());
        Assert.AreNotEqual(first, second with { HiddenSizes = [1, 3] });
        Assert.AreNotEqual<PretrainedConfig>(new SampleConfig(), new InnerConfig());
    }

    [TestMethod]
    [DataRow("""{"model_type": "other"}""", "model_type")]
    [DataRow("""{"label2id": ["a"]}""", "label2id")]
    [DataRow("""{"id2label": ["a"]}""", "id2label")]
    [DataRow("""{"id2label": {"0": {}}}""", "id2label")]
    [DataRow("""{"num_labels": "many"}""", "num_labels")]
    [DataRow("""{"num_labels": 0}""", "num_labels")]
    [DataRow("""{"rate": 1e999}""", "rate")]
    [DataRow("""{"rate": "NaN"}""", "rate")]
    [DataRow("""{"rate": "fast"}""", "rate")]
    [DataRow("""{"id2label": {}}""", "id2label")]
    [DataRow("""{"id2label": {"x": "a"}}""", "id2label")]
    [DataRow("""{"hidden_sizes": ["x"]}""", "hidden_sizes")]
    [DataRow("""{"hidden_sizes": null}""", "hidden_sizes")]
    [DataRow("""{"problem_type": "guessing"}""", "problem_type")]
    [DataRow("""{"inner": {"depth": "deep"}}""", "depth")]
    [DataRow("""[1]""", "object")]
    [DataRow("""{"a":""", "not valid")]
    public void Config_Contradictory_NamesTheField(string json, string field)
    {
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => PretrainedConfig.FromJson<SampleConfig>(json));
        StringAssert.Contains(error.Message, field);
    }

    /// <summary>What transformers 4.37 makes of them: id2label counts, and the number of its entries is that of the classes.</summary>
    [TestMethod]
    [DataRow("""{"num_labels": 3, "id2label": {"0": "a", "1": "b"}}""", "a b", "num_labels")]
    [DataRow("""{"num_labels": "2", "id2label": {"0": "a", "1": "b"}}""", "a b", "")]
    [DataRow("""{"id2label": {"0": "a", "1": "b"}, "label2id": {"a": 1}}""", "a b", "label2id")]
    [DataRow("""{"id2label": {"0": "a", "1": "b"}, "label2id": {"a": "0", "b": 1.0, "c": null}}""", "a b", "label2id")]
    [DataRow("""{"id2label": {"0": "a", "1": "b"}, "label2id": {"a": 0, "b": 1}}""", "a b", "")]
    [DataRow("""{"label2id": {"a": 0}}""", "LABEL_0 LABEL_1", "label2id")]
    [DataRow("""{"id2label": {"0": "a", "2": "b"}}""", "a LABEL_1", "id2label")]
    [DataRow("""{"id2label": {"1": "a", "2": "b"}, "num_labels": 2}""", "LABEL_0 a", "id2label")]
    [DataRow("""{"id2label": {"0": null, "1": 7}}""", "LABEL_0 7", "id2label")]
    [DataRow("""{"id2label": {"00": "x", "0": "a"}}""", "a", "")]
    public void Config_LabelTablesThatDisagree_AreReadById(string json, string labels, string complaint)
    {
        SampleConfig config = PretrainedConfig.FromJson<SampleConfig>(json);
        CollectionAssert.AreEqual(labels.Split(' '), config.Labels.ToArray());
        Assert.AreEqual(complaint.Length > 0, config.Complaints.Any(text => text.Contains($"'{complaint}'", StringComparison.Ordinal)), string.Join(' ', config.Complaints));
        Assert.HasCount(complaint.Length > 0 ? 1 : 0, config.Complaints);
        Assert.IsEmpty(PretrainedConfig.FromJson<SampleConfig>(config.ToJson()).Complaints);
    }

    [TestMethod]
    public void Config_SavedToFolder_IsReadFromItAndErrorsNameTheFile()
    {
        using var folder = new TemporaryFolder();
        SampleConfig config = PretrainedConfig.FromJson<SampleConfig>(Full);
        config.SaveTo(folder.Path);
        string file = Path.Combine(folder.Path, "config.json");
        Assert.AreEqual(config, PretrainedConfig.FromFile<SampleConfig>(folder.Path));
        Assert.AreEqual(config, PretrainedConfig.FromFile<SampleConfig>(file));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => PretrainedConfig.FromFile<InnerConfig>(file)).Message, file);
    }

    private sealed record SampleConfig : PretrainedConfig
    {
        public override string ModelType => "sample";

        public IReadOnlyList<int> HiddenSizes { get; init; } = [8];

        public double? Rate { get; init; }

        [JsonConverter(typeof(NestedConfigJsonConverter<InnerConfig>))]
        public InnerConfig Inner { get; init; } = new();

        public bool Equals(SampleConfig? other) => base.Equals(other);

        public override int GetHashCode() => base.GetHashCode();
    }

    private sealed record InnerConfig : PretrainedConfig
    {
        public override string ModelType => "inner";

        public int Depth { get; init; } = 2;

        public bool Equals(InnerConfig? other) => base.Equals(other);

        public override int GetHashCode() => base.GetHashCode();
    }
}
