using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLNetVision.Projects;

/// <summary>What a project says that Model Builder's own nodes have no place for: the object "MLNetVision" of a project file, and the side file NAME.vision.json.</summary>
public sealed record VisionBlock
{
    /// <summary>The version of this block; 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>classification, semantic, instance or panoptic; null where nobody said.</summary>
    public string? Task { get; init; }

    /// <summary>The network.</summary>
    public VisionModel? Model { get; init; }

    /// <summary>The data.</summary>
    public VisionData? Data { get; init; }

    /// <summary>The training.</summary>
    public VisionTraining? Training { get; init; }

    /// <summary>How pictures are scored.</summary>
    public VisionScoring? Scoring { get; init; }

    /// <summary>What decided which state of a training is best: MicroAccuracy, PQ, MaskAP or MeanIoU; a training notes it, and the task decides it.</summary>
    public string? Metric { get; init; }

    /// <summary>cpu, cuda, cuda:N or auto.</summary>
    public string? Device { get; init; }

    /// <summary>The trainings that ran, the oldest first.</summary>
    public IReadOnlyList<VisionRun>? Runs { get; init; }

    /// <summary>Properties that this version does not know; they are written back.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; init; }
}

/// <summary>The network of a project.</summary>
public sealed record VisionModel
{
    /// <summary>LeViT or Mask2Former.</summary>
    public string? Family { get; init; }

    /// <summary>The checkpoint that training starts from: a folder, counted from the project's, or a model id.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>The side of the network's input.</summary>
    public int? ImageSize { get; init; }

    /// <summary>The number of queries of a Mask2Former.</summary>
    public int? NumQueries { get; init; }

    /// <summary>Float32 or BFloat16.</summary>
    public string? Precision { get; init; }

    /// <inheritdoc cref="VisionBlock.Other"/>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; init; }
}

/// <summary>The data of a project; paths count from the project's folder.</summary>
public sealed record VisionData
{
    /// <summary>The data's own path once more: where it is another than in Model Builder's node, one of both is out of date.</summary>
    public string? Path { get; init; }

    /// <summary>folder, coco-instances, coco-panoptic, masks, vott, labelme, yolo or voc; a training notes what it found.</summary>
    public string? Format { get; init; }

    /// <summary>The folder of the pictures that annotations name.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>Data to choose the best state by.</summary>
    public string? ValidationPath { get; init; }

    /// <summary>Data for the last judgement.</summary>
    public string? TestPath { get; init; }

    /// <inheritdoc cref="VisionBlock.Other"/>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; init; }
}

/// <summary>The training of a project; null for the trainer's own defaults.</summary>
public sealed record VisionTraining
{
    /// <summary>Passes over the data.</summary>
    public int? Epochs { get; init; }

    /// <summary>Steps, where passes are not counted.</summary>
    public int? Steps { get; init; }

    /// <summary>Pictures of a step.</summary>
    public int? BatchSize { get; init; }

    /// <summary>The largest learning rate.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Evaluations without a better one after which training ends.</summary>
    public int? Patience { get; init; }

    /// <summary>The seed.</summary>
    public int? Seed { get; init; }

    /// <summary>none or balanced.</summary>
    public string? ClassWeights { get; init; }

    /// <summary>
    /// How pictures are varied: default (by the data), none, no-mirror (the default without mirrored pictures, for writing and whatever else has a left and a right),
    /// or strong (the recipe of the network's authors, for long trainings).
    /// </summary>
    public string? Augmentation { get; init; }

    /// <summary>What stays as the checkpoint has it: none, backbone (all but the heads), or of a LeViT the number of stages from the first.</summary>
    public string? Freeze { get; init; }

    /// <inheritdoc cref="VisionBlock.Other"/>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; init; }
}

/// <summary>How a project's pictures are scored.</summary>
public sealed record VisionScoring
{
    /// <summary>The smallest score of a segment.</summary>
    public double? ScoreThreshold { get; init; }

    /// <inheritdoc cref="VisionBlock.Other"/>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; init; }
}

/// <summary>A training that ran.</summary>
public sealed record VisionRun
{
    /// <summary>Its folder, from the project's.</summary>
    public required string Folder { get; init; }

    /// <summary>The figures of the best state by their names.</summary>
    public IReadOnlyDictionary<string, double>? Best { get; init; }

    /// <summary>The model file that it wrote, from the project's folder.</summary>
    public string? ModelFile { get; init; }

    /// <summary>The model file's hash, as "sha256:" and hexadecimal digits.</summary>
    public string? ModelHash { get; init; }

    /// <summary>The version of the tool.</summary>
    public string? Tool { get; init; }

    /// <inheritdoc cref="VisionBlock.Other"/>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; init; }
}
