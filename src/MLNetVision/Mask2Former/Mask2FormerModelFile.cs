using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Segments;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.PostProcessing;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Persistence;

[assembly: LoadableClass(
    typeof(Mask2FormerTransformer), typeof(Mask2FormerModelFile), null, typeof(SignatureLoadModel), "Mask2Former image segmentation", Mask2FormerModelFile.LoaderSignature)]

namespace MLNetVision.Mask2Former;

/// <summary>Writes and reads a Mask2Former transformer in an ML.NET model file.</summary>
/// <remarks>
/// Version 1: the image column, the batch size, the scoring options (task, number of thing classes or −1 and their names,
/// three thresholds, most instances or 0, panoptic rule, upsampling), config.json and preprocessor_config.json as text, the
/// labels; in an entry of its own the weights as safetensors. Version 2: the precision, after the labels. Version 3: the
/// orientation, after the precision; pictures of older files are taken as they are stored. Version 4: the SHA-256 of the
/// weights, and what the training measured as JSON or nothing.
/// </remarks>
internal static class Mask2FormerModelFile
{
    public const string LoaderSignature = "MLNetVisionMask2Former";
    private const string What = "Mask2Former";

    private static VersionInfo Version { get; } = ModelFile.Version("MNVMASK2", current: 4, LoaderSignature);

    public static void Save(ModelSaveContext context, Mask2FormerTransformer transformer)
    {
        Mask2FormerModelParameters model = transformer.Model;
        BinaryWriter writer = ModelFile.Begin(context, Version);
        writer.Write(transformer.ImageColumnName);
        writer.Write(transformer.BatchSize);
        Write(writer, transformer.Options);
        var network = new SavedNetwork(
            model.Config.ToJson(), model.Preprocessing.ToJson(), transformer.Labels, transformer.Options.Precision, transformer.Options.Orientation, WeightsHash: null, model.Training);
        ModelFile.WriteNetwork(context, network, model.Module);
    }

    /// <summary>ML.NET calls this by reflection when it loads a model file.</summary>
    /// <exception cref="FormatException">The file is broken or was written by a newer version ("too new").</exception>
    public static Mask2FormerTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ArgumentNullException.ThrowIfNull(env);
        return ModelFile.Read(ctx, Version, What, reader =>
        {
            string imageColumn = reader.ReadString();
            int batchSize = ModelFile.ReadBatchSize(reader);
            SegmentationScoringOptions options = ReadOptions(reader);
            SavedNetwork saved = ModelFile.ReadNetwork(ctx, reader);
            Mask2FormerConfig config = PretrainedConfig.FromJson<Mask2FormerConfig>(saved.ConfigJson);
            Mask2FormerImageProcessorConfig preprocessing = Mask2FormerImageProcessorConfig.FromJson(saved.PreprocessingJson);
            Mask2FormerForUniversalSegmentation module = ModelFile.LoadWeights(
                ctx, saved.WeightsHash, config, generator => new Mask2FormerForUniversalSegmentation(config, WeightInitialization.HuggingFace, generator));
            return new Mask2FormerTransformer(
                env, new Mask2FormerModelParameters(module, preprocessing) { Training = saved.Training }, saved.Labels, imageColumn,
                options with { Precision = saved.Precision, Orientation = saved.Orientation }, batchSize);
        });
    }

    private static void Write(BinaryWriter writer, SegmentationScoringOptions options)
    {
        writer.Write((int)options.Task);
        writer.Write(options.ThingClasses?.Count ?? -1);
        foreach (string name in options.ThingClasses ?? [])
        {
            writer.Write(name);
        }

        writer.Write(options.Threshold);
        writer.Write(options.MaskThreshold);
        writer.Write(options.OverlapMaskAreaThreshold);
        writer.Write(options.MaxInstances ?? 0);
        writer.Write((int)options.Rule);
        writer.Write((int)options.Upsampling);
    }

    private static SegmentationScoringOptions ReadOptions(BinaryReader reader)
    {
        var task = ModelFile.ReadEnum<SegmentationTask>(reader);
        int things = reader.ReadInt32();
        List<string>? names = things < 0 ? null : [];
        for (int i = 0; i < things; i++)
        {
            names!.Add(reader.ReadString());
        }

        return new SegmentationScoringOptions
        {
            Task = task,
            ThingClasses = names,
            Threshold = reader.ReadDouble(),
            MaskThreshold = reader.ReadDouble(),
            OverlapMaskAreaThreshold = reader.ReadDouble(),
            MaxInstances = reader.ReadInt32() is > 0 and var most ? most : null,
            Rule = ModelFile.ReadEnum<PanopticRule>(reader),
            Upsampling = ModelFile.ReadEnum<MaskUpsampling>(reader),
        };
    }
}
