using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Config;

/// <summary>What is read field by field is what the serialiser reads.</summary>
[TestClass]
public sealed class PlainFieldsTests
{
    private const string More = """{"architectures":["A","B"],"torch_dtype":"float32","transformers_version":"4","of_another":{"a":[1,null,"x"]},"a_null":null}""";

    [TestMethod]
    public void ReadPlain_EveryFieldChanged_IsWhatTheSerialiserReads()
    {
        Check<LevitConfig>(new LevitConfig(), More);
        Check<SwinConfig>(new SwinConfig(), More, """{"out_features":["stage1"],"out_indices":[1,-1]}""");
        Check<Mask2FormerConfig>(new Mask2FormerConfig(), More);
        CheckProcessor<LevitImageProcessorConfig>(new LevitImageProcessorConfig(), """{"an_unknown":[1,{"b":2}]}""");
        CheckProcessor<Mask2FormerImageProcessorConfig>(new Mask2FormerImageProcessorConfig(), """{"ignore_index":3,"do_reduce_labels":true,"num_labels":9,"_max_size":77}""");
    }

    [TestMethod]
    public void ReadPlain_CheckpointsOfOthers_AreWhatTheSerialiserReads()
    {
        int read = 0;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Goldens.Root, "checkpoints"), "config.json", SearchOption.AllDirectories))
        {
            var json = (JsonObject)ConfigJson.Parse(File.ReadAllText(file))!;
            string? type = json["model_type"]?.ToString();
            json.Remove("model_type");
            json.Remove("label2id");
            json.Remove("id2label");
            read += type switch { "levit" => Same<LevitConfig>(json), "mask2former" => Same<Mask2FormerConfig>(json), _ => 0 };
        }

        Assert.IsGreaterThan(3, read, "files that programs wrote are plain");
    }

    [TestMethod]
    [DataRow("""{"image_size":"224"}""")]
    [DataRow("""{"image_size":null}""")]
    [DataRow("""{"image_size":1.5}""")]
    [DataRow("""{"image_size":true}""")]
    [DataRow("""{"hidden_sizes":[1,"2",3]}""")]
    [DataRow("""{"hidden_sizes":3}""")]
    [DataRow("""{"drop_path_rate":1e999}""")]
    [DataRow("""{"problem_type":"regression"}""")]
    [DataRow("""{"torch_dtype":3}""")]
    public void ReadPlain_WhatIsNotPlain_IsLeftToTheSerialiser(string json) => Assert.IsNull(PretrainedConfig.ReadPlain<LevitConfig>((JsonObject)ConfigJson.Parse(json)!));

    [TestMethod]
    [DataRow("""{"size":[224,224]}""")]
    [DataRow("""{"size":{"shortest_edge":224,"shorter":1}}""")]
    [DataRow("""{"image_mean":[1,2]}""")]
    [DataRow("""{"resample":9}""")]
    [DataRow("""{"do_resize":1}""")]
    public void ReadPlain_ProcessorThatIsNotPlain_IsLeftToTheSerialiser(string json) => Assert.IsNull(ImageProcessorConfig.ReadPlain<LevitImageProcessorConfig>((JsonObject)ConfigJson.Parse(json)!));

    private static void Check<TConfig>(PretrainedConfig usual, params string[] more)
        where TConfig : PretrainedConfig
    {
        foreach (JsonObject json in Variants(usual.ToJson(), more))
        {
            Assert.AreEqual(1, Same<TConfig>(json), json.ToJsonString());
        }
    }

    private static int Same<TConfig>(JsonObject json)
        where TConfig : PretrainedConfig
    {
        TConfig? plain = PretrainedConfig.ReadPlain<TConfig>(json);
        if (plain is null)
        {
            return 0;
        }

        TConfig expected = json.Deserialize<TConfig>(ConfigJson.Options)!;
        Assert.AreEqual(expected.ToJson(), plain.ToJson());
        Assert.AreEqual(string.Join('|', expected.UnknownFields.Select(field => $"{field.Key} {field.Value.GetRawText()}")), string.Join('|', plain.UnknownFields.Select(field => $"{field.Key} {field.Value.GetRawText()}")));
        return 1;
    }

    private static void CheckProcessor<TConfig>(ImageProcessorConfig usual, params string[] more)
        where TConfig : ImageProcessorConfig
    {
        foreach (JsonObject json in Variants(usual.ToJson(), [.. more, """{"size":300}""", """{"crop_size":30}""", """{"size":{"height":3,"width":4}}""", """{"image_std":0.5}"""]))
        {
            json.Remove("image_processor_type");
            TConfig plain = ImageProcessorConfig.ReadPlain<TConfig>(json) ?? throw new AssertFailedException(json.ToJsonString());
            TConfig expected = json.Deserialize<TConfig>(ConfigJson.Options)!;
            Assert.AreEqual(expected.ToJson(), plain.ToJson());
            CollectionAssert.AreEqual(expected.UnknownFields.Keys.ToArray(), plain.UnknownFields.Keys.ToArray());
        }
    }

    /// <summary>The JSON with each field changed by itself, and with further fields.</summary>
    private static IEnumerable<JsonObject> Variants(string json, string[] more)
    {
        JsonObject Whole()
        {
            var whole = (JsonObject)ConfigJson.Parse(json)!;
            whole.Remove("model_type");
            whole.Remove("down_ops");
            whole["backbone_config"]?.AsObject().Remove("down_ops");
            return whole;
        }

        yield return Whole();
        foreach (string name in Whole().Select(field => field.Key))
        {
            JsonObject changed = Whole();
            changed[name] = Changed(changed[name]!.DeepClone());
            yield return (JsonObject)ConfigJson.Parse(changed.ToJsonString())!;
            changed.Remove(name);
            yield return (JsonObject)ConfigJson.Parse(changed.ToJsonString())!;
        }

        foreach (string further in more)
        {
            JsonObject with = Whole();
            foreach ((string name, JsonNode? value) in (JsonObject)ConfigJson.Parse(further)!)
            {
                with[name] = value?.DeepClone();
            }

            yield return (JsonObject)ConfigJson.Parse(with.ToJsonString())!;
        }
    }

    private static JsonNode Changed(JsonNode value) => value switch
    {
        JsonArray list => new JsonArray([.. list.Select(item => Changed(item!.DeepClone())), .. list.Where((item, i) => i == 0 && int.TryParse($"{item}", out _)).Select(item => item!.DeepClone())]),
        JsonObject fields when fields.ContainsKey("depths") => Nested(fields),
        JsonObject fields => new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)Changed(field.Value!.DeepClone())))),
        _ => value.GetValueKind() switch
        {
            JsonValueKind.True => JsonValue.Create(false),
            JsonValueKind.False => JsonValue.Create(true),
            JsonValueKind.String => JsonValue.Create($"{value}x"),
            _ => int.TryParse($"{value}", NumberStyles.None, CultureInfo.InvariantCulture, out int whole)
                ? JsonValue.Create(whole == 3 ? 2 : whole + 1)
                : JsonValue.Create(double.Parse($"{value}", CultureInfo.InvariantCulture) * 1.25),
        },
    };

    private static JsonObject Nested(JsonObject fields)
    {
        fields["embed_dim"] = 192;
        return fields;
    }
}
