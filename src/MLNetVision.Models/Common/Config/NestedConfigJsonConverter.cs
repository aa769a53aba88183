using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MLNetVision.Models.Common.Config;

/// <summary>A config inside another config, such as Mask2Former's backbone_config, with the same rules as one of its own.</summary>
internal sealed class NestedConfigJsonConverter<TConfig> : JsonConverter<TConfig>
    where TConfig : PretrainedConfig
{
    public override TConfig Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        PretrainedConfig.FromNode<TConfig>(JsonNode.Parse(ref reader));

    public override void Write(Utf8JsonWriter writer, TConfig value, JsonSerializerOptions options) => value.ToNode().WriteTo(writer);
}
