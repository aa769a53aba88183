using System.Text.RegularExpressions;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Checkpoints;

/// <summary>Checkpoints under the names of other projects, made of our own models' weights by the opposite renaming.</summary>
[TestClass]
public sealed class OriginalKeyNameTests
{
    private static readonly LevitConfig SmallLevit = new()
    {
        ImageSize = 64, HiddenSizes = [16, 24, 32], NumAttentionHeads = [2, 3, 4], Depths = [2, 1, 3], KeyDim = [8, 8, 8], Labels = ["a", "b", "c"],
    };

    internal static readonly Mask2FormerConfig SmallMask2Former = new()
    {
        BackboneConfig = SwinConfig.Tiny with { EmbedDim = 12, Depths = [1, 2, 1, 1], NumHeads = [1, 2, 3, 4], WindowSize = 4 },
        FeatureSize = 32, MaskFeatureSize = 32, HiddenDim = 32, EncoderFeedforwardDim = 24, DimFeedforward = 32, EncoderLayers = 2, DecoderLayers = 3,
        NumAttentionHeads = 2, NumQueries = 6, Labels = ["a", "b", "c"],
    };

    [TestMethod]
    [DataRow("original")]
    [DataRow("timm")]
    [DataRow("timm with convolutions")]
    [DataRow("original in parallel")]
    public void Levit_UnderOtherNames_IsTheSameModel(string names)
    {
        using var folder = new TemporaryFolder();
        using var stored = new LevitForImageClassificationWithTeacher(SmallLevit);
        ProceduralTensor.FillWeights(stored, names);
        (string Name, Tensor Tensor)[] state = [.. stored.state_dict().Select(item => LevitName(item.Key, item.Value, names))];
        TorchWriter.WriteZip(folder["levit.pth"], state, wrapper: "model");

        using var loaded = LevitForImageClassificationWithTeacher.FromPretrained(
            folder["levit.pth"], out LoadReport report, new PretrainedOptions { Config = SmallLevit, Mode = LoadMode.Strict });

        Assert.IsTrue(report.IsComplete, report.ToString());
        Assert.AreEqual(names.StartsWith("timm", StringComparison.Ordinal) ? "timm" : "facebookresearch/LeViT", report.NamingScheme);
        Assert.AreEqual(state[0].Name, report.Renamed[0].StoredKey);
        Assert.HasCount(stored.state_dict().Count, report.Renamed);
        AssertSameState(stored, loaded);

        using LevitInference expected = LevitInference.From(stored), actual = LevitInference.FromPretrained(
            folder["levit.pth"], new PretrainedOptions { Config = SmallLevit, Mode = LoadMode.Strict });
        var pixels = new PixelValues(ProceduralTensor.Values("pixels", 3 * 64 * 64, 2, 0), 1, 64, 64);
        CollectionAssert.AreEqual(expected.Score(pixels), actual.Score(pixels));
    }

    [TestMethod]
    [DataRow("pkl")]
    [DataRow("pth")]
    [DataRow("version 1")]
    public void Mask2Former_UnderOriginalNames_IsTheSameModel(string form)
    {
        using var folder = new TemporaryFolder();
        using var stored = new Mask2FormerForUniversalSegmentation(SmallMask2Former);
        ProceduralTensor.FillWeights(stored, form);
        (string Name, Tensor Tensor)[] state = [.. Mask2FormerState(stored.state_dict())];
        string file = folder[form == "pkl" ? "model_final.pkl" : "model_final.pth"];
        if (form == "pkl")
        {
            TorchWriter.WriteArrays(file, state, protocol: 4);
        }
        else
        {
            TorchWriter.WriteZip(file, form == "pth" ? state : state.Select(item => (FirstVersion(item.Name), item.Tensor)), wrapper: "model");
        }

        using var loaded = Mask2FormerForUniversalSegmentation.FromPretrained(
            file, out LoadReport report, new PretrainedOptions { Config = SmallMask2Former, Mode = LoadMode.Strict });

        Assert.IsTrue(report.IsComplete, report.ToString());
        Assert.AreEqual("facebookresearch/Mask2Former", report.NamingScheme);
        AssertSameState(stored, loaded);

        using var expected = new Mask2FormerInference(stored);
        using Mask2FormerInference actual = Mask2FormerInference.FromPretrained(file, new PretrainedOptions { Config = SmallMask2Former, Mode = LoadMode.Strict });
        var pixels = new PixelValues(ProceduralTensor.Values("pixels", 3 * 40 * 50, 2, 0), 1, 40, 50);
        CollectionAssert.AreEqual(expected.Predict(pixels).MasksQueriesLogits.ToArray(), actual.Predict(pixels).MasksQueriesLogits.ToArray());
    }

    [TestMethod]
    public void Mask2Former_OriginalNamesIntoTheBareModel_LeavesTheHeadOut()
    {
        using var folder = new TemporaryFolder();
        using var stored = new Mask2FormerForUniversalSegmentation(SmallMask2Former);
        TorchWriter.WriteArrays(folder["a.pkl"], Mask2FormerState(stored.state_dict()), protocol: 2);
        using var loaded = Mask2FormerModel.FromPretrained(folder["a.pkl"], out LoadReport report, new PretrainedOptions { Config = SmallMask2Former, Warning = _ => { } });
        Assert.IsEmpty(report.Missing);
        CollectionAssert.AreEquivalent(new[] { "class_predictor.weight", "class_predictor.bias", "criterion.empty_weight" }, report.Unexpected.ToArray());
        Assert.Contains(new RenamedKey("backbone.patch_embed.proj.weight", "pixel_level_module.encoder.embeddings.patch_embeddings.projection.weight"), report.Renamed);
        AssertSameState(stored.Model, loaded);
    }

    [TestMethod]
    public void FromPretrained_NoConfigBesideTheWeights_AsksForOne()
    {
        using var folder = new TemporaryFolder();
        TorchWriter.WriteZip(folder["levit.pth"], [("patch_embed.0.c.weight", ones(1))]);
        FileNotFoundException e = Assert.ThrowsExactly<FileNotFoundException>(() => LevitForImageClassification.FromPretrained(folder.Path));
        Assert.Contains("PretrainedOptions.Config", e.Message);
        Assert.ThrowsExactly<ArgumentException>(() => LevitForImageClassification.FromPretrained(folder.Path, new PretrainedOptions { Config = SmallMask2Former }));
    }

    private static (string Name, Tensor Tensor) LevitName(string key, Tensor tensor, string names)
    {
        bool timm = names.StartsWith("timm", StringComparison.Ordinal);
        string linear = timm ? "linear" : "c";
        string name = key.Replace("levit.", string.Empty, StringComparison.Ordinal).Replace("batch_norm", "bn", StringComparison.Ordinal);
        name = Regex.Replace(name, @"^patch_embeddings.embedding_layer_(\d)", match => timm ? $"stem.conv{match.Groups[1].Value}" : $"patch_embed.{2 * (match.Groups[1].Value[0] - '1')}");
        name = name.Replace("convolution", linear, StringComparison.Ordinal);
        name = Regex.Replace(name, @"^classifier_distill\.", "head_dist.");
        name = Regex.Replace(name, @"^classifier\.", "head.");
        name = Regex.Replace(name, @"^(head\w*)\.linear", timm ? "$1.linear" : "$1.l");
        Match layer = Regex.Match(name, @"^encoder\.stages\.(\d)\.layers\.(\d+)\.(.*)$");
        if (layer.Success)
        {
            int stage = layer.Groups[1].Value[0] - '0';
            name = timm
                ? TimmBlock(stage, int.Parse(layer.Groups[2].Value), layer.Groups[3].Value)
                : OriginalBlock(stage, int.Parse(layer.Groups[2].Value), layer.Groups[3].Value);
            if (names.EndsWith("convolutions", StringComparison.Ordinal) && tensor.dim() == 2 && name.EndsWith(".linear.weight", StringComparison.Ordinal))
            {
                tensor = tensor.view(tensor.shape[0], tensor.shape[1], 1, 1);
            }
        }

        return (names.EndsWith("parallel", StringComparison.Ordinal) ? "module." + name : name, tensor);
    }

    // One row of blocks: two per depth, and two more where a stage subsamples.
    private static string OriginalBlock(int stage, int layer, string rest)
    {
        int before = SmallLevit.Depths.Take(stage).Sum(depth => 2 * depth + 2);
        rest = rest.Replace(".linear.", ".c.", StringComparison.Ordinal).Replace("module.", "m.", StringComparison.Ordinal)
            .Replace("queries_keys_values", "qkv", StringComparison.Ordinal).Replace("keys_values", "kv", StringComparison.Ordinal)
            .Replace("queries", "q.1", StringComparison.Ordinal).Replace("projection", "proj.1", StringComparison.Ordinal)
            .Replace("linear_up", "0", StringComparison.Ordinal).Replace("linear_down", "2", StringComparison.Ordinal);
        return $"blocks.{before + layer}.{rest}";
    }

    private static string TimmBlock(int stage, int layer, string rest)
    {
        bool isMlp = rest.Contains("linear_", StringComparison.Ordinal);
        rest = rest.Replace("module.", string.Empty, StringComparison.Ordinal)
            .Replace("queries_keys_values", "qkv", StringComparison.Ordinal).Replace("keys_values", "kv", StringComparison.Ordinal)
            .Replace("queries", "q.ln", StringComparison.Ordinal).Replace("projection", "proj.ln", StringComparison.Ordinal)
            .Replace("linear_up", "ln1", StringComparison.Ordinal).Replace("linear_down", "ln2", StringComparison.Ordinal);
        return layer >= 2 * SmallLevit.Depths[stage]
            ? $"stages.{stage + 1}.downsample.{(isMlp ? "mlp" : "attn_downsample")}.{rest}"
            : $"stages.{stage}.blocks.{layer / 2}.{(isMlp ? "mlp" : "attn")}.{rest}";
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Mask2FormerState(Dictionary<string, Tensor> state)
    {
        foreach ((string key, Tensor tensor) in state)
        {
            Match joint = Regex.Match(key, @"^(.*)(self\.query|self_attn\.q_proj)\.(weight|bias)$");
            bool isPart = Regex.IsMatch(key, @"\.(self\.(key|value)|self_attn\.[kv]_proj)\.(weight|bias)$");
            if (joint.Success)
            {
                string[] parts = joint.Groups[2].Value == "self.query" ? ["self.query", "self.key", "self.value"] : ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"];
                yield return (Mask2FormerName(key), cat([.. parts.Select(part => state[$"{joint.Groups[1].Value}{part}.{joint.Groups[3].Value}"])]));
            }
            else if (!isPart)
            {
                yield return (Mask2FormerName(key), tensor);
            }
        }
    }

    private static string Mask2FormerName(string key)
    {
        foreach ((string pattern, string replacement) in new[]
        {
            (@"^model\.pixel_level_module\.encoder\.embeddings\.patch_embeddings\.projection", "backbone.patch_embed.proj"),
            (@"^model\.pixel_level_module\.encoder\.embeddings\.norm", "backbone.patch_embed.norm"),
            (@"^model\.pixel_level_module\.encoder\.hidden_states_norms\.stage1", "backbone.norm0"),
            (@"^model\.pixel_level_module\.encoder\.hidden_states_norms\.stage2", "backbone.norm1"),
            (@"^model\.pixel_level_module\.encoder\.hidden_states_norms\.stage3", "backbone.norm2"),
            (@"^model\.pixel_level_module\.encoder\.hidden_states_norms\.stage4", "backbone.norm3"),
            (@"^model\.pixel_level_module\.encoder\.encoder", "backbone"),
            (@"layernorm_before", "norm1"), (@"layernorm_after", "norm2"), (@"intermediate\.dense", "mlp.fc1"),
            (@"attention\.output\.dense", "attn.proj"), (@"attention\.self\.relative", "attn.relative"), (@"attention\.self\.query", "attn.qkv"),
            (@"^(backbone.*)output\.dense", "$1mlp.fc2"),
            (@"^model\.pixel_level_module\.decoder\.(adapter|layer)_(\d)\.0", "sem_seg_head.pixel_decoder.$1_$2"),
            (@"^model\.pixel_level_module\.decoder\.(adapter|layer)_(\d)\.1", "sem_seg_head.pixel_decoder.$1_$2.norm"),
            (@"^model\.pixel_level_module\.decoder\.input_projections", "sem_seg_head.pixel_decoder.input_proj"),
            (@"^model\.pixel_level_module\.decoder\.mask_projection", "sem_seg_head.pixel_decoder.mask_features"),
            (@"^model\.pixel_level_module\.decoder\.level_embed", "sem_seg_head.pixel_decoder.transformer.level_embed"),
            (@"^model\.pixel_level_module\.decoder\.encoder", "sem_seg_head.pixel_decoder.transformer.encoder"),
            (@"(pixel_decoder.*)self_attn_layer_norm", "$1norm1"), (@"(pixel_decoder.*)final_layer_norm", "$1norm2"),
            (@"(pixel_decoder.*)fc([12])", "$1linear$2"),
            (@"^model\.transformer_module\.queries_embedder", "sem_seg_head.predictor.query_embed"),
            (@"^model\.transformer_module\.queries_features", "sem_seg_head.predictor.query_feat"),
            (@"^model\.transformer_module\.level_embed", "sem_seg_head.predictor.level_embed"),
            (@"^model\.transformer_module\.decoder\.layernorm", "sem_seg_head.predictor.decoder_norm"),
            (@"^model\.transformer_module\.decoder\.mask_predictor\.mask_embedder\.(\d)\.0", "sem_seg_head.predictor.mask_embed.layers.$1"),
            (@"^model\.transformer_module\.decoder\.layers\.(\d)\.self_attn\.q_proj\.", "sem_seg_head.predictor.transformer_self_attention_layers.$1.self_attn.in_proj_"),
            (@"^model\.transformer_module\.decoder\.layers\.(\d)\.self_attn\.out", "sem_seg_head.predictor.transformer_self_attention_layers.$1.self_attn.out"),
            (@"^model\.transformer_module\.decoder\.layers\.(\d)\.self_attn_layer_norm", "sem_seg_head.predictor.transformer_self_attention_layers.$1.norm"),
            (@"^model\.transformer_module\.decoder\.layers\.(\d)\.cross_attn\.", "sem_seg_head.predictor.transformer_cross_attention_layers.$1.multihead_attn."),
            (@"^model\.transformer_module\.decoder\.layers\.(\d)\.cross_attn_layer_norm", "sem_seg_head.predictor.transformer_cross_attention_layers.$1.norm"),
            (@"^model\.transformer_module\.decoder\.layers\.(\d)\.fc", "sem_seg_head.predictor.transformer_ffn_layers.$1.linear"),
            (@"^model\.transformer_module\.decoder\.layers\.(\d)\.final_layer_norm", "sem_seg_head.predictor.transformer_ffn_layers.$1.norm"),
            (@"^class_predictor", "sem_seg_head.predictor.class_embed"),
        })
        {
            key = Regex.Replace(key, pattern, replacement);
        }

        Assert.DoesNotContain("_module", key);
        return key;
    }

    private static string FirstVersion(string key) =>
        key.Replace("sem_seg_head.pixel_decoder.", "sem_seg_head.", StringComparison.Ordinal).Replace("query_feat", "static_query", StringComparison.Ordinal);

    private static void AssertSameState(nn.Module expected, nn.Module actual)
    {
        Dictionary<string, Tensor> state = actual.state_dict();
        foreach ((string key, Tensor tensor) in expected.state_dict())
        {
            CollectionAssert.AreEqual(TorchWriter.Bytes(tensor), TorchWriter.Bytes(state[key]), key);
        }
    }
}
