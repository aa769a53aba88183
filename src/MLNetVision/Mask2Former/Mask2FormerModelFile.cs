using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common;
using MLNetVision.Models.Common.Checkpoints;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Persistence;
using MLNetVision.Segmentation;

[assembly: LoadableClass(
    typeof(Mask2FormerTransformer), typeof(Mask2FormerModelFile), null, typeof(SignatureLoadModel), "Mask2Former image segmentation", Mask2FormerModelFile.LoaderSignature)]

namespace MLNetVision.Mask2Former;

/// <summary>Writes and reads a Mask2Former transformer in an ML.NET model file.</summary>
/// <remarks>
/// Version 1: the image column, the batch size, the scoring options (task, number of thing classes or −1 and their names,
/// three thresholds, most instances or 0, upsampling), config.json and preprocessor_config.json as text, the labels; in an
/// entry of its own the weights as safetensors.
/// </remarks>
internal static class Mask2FormerModelFile
{
    public const string LoaderSignature = "MLNetVisionMask2Former";
    private const string WeightsEntry = "model.safetensors";
    private const string What = "Mask2Former";

    private static VersionInfo Version { get; } = new(
        modelSignature: "MNVMASK2",
        verWrittenCur: 0x00010001, // The first version.
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(Mask2FormerModelFile).Assembly.GetName().Name); // Without a version: a newer library loads older files.

    public static void Save(ModelSaveContext context, Mask2FormerTransformer transformer)
    {
        ArgumentNullException.ThrowIfNull(context);
        Mask2FormerModelParameters model = transformer.Model;
        context.CheckAtModel();
        context.SetVersionInfo(Version);
        BinaryWriter writer = context.Writer;
        writer.Write(transformer.ImageColumnName);
        writer.Write(transformer.BatchSize);
        Write(writer, transformer.Options);
        writer.Write(model.Config.ToJson());
        writer.Write(model.Preprocessing.ToJson());
        transformer.Labels.Write(writer);
        context.SaveBinaryStream(WeightsEntry, weights => WeightStream.Write(weights.BaseStream, model.Module.state_dict()));
    }

    /// <summary>ML.NET calls this by reflection when it loads a model file.</summary>
    /// <exception cref="FormatException">The file is broken or was written by a newer version ("too new").</exception>
    public static Mask2FormerTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ArgumentNullException.ThrowIfNull(env);
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel(Version);
        try
        {
            return Read(env, ctx);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or CheckpointMismatchException or ArgumentException)
        {
            throw new FormatException($"The model file's {What} is broken: {e.Message}", e);
        }
    }

    private static Mask2FormerTransformer Read(IHostEnvironment env, ModelLoadContext context)
    {
        BinaryReader reader = context.Reader;
        string imageColumn = reader.ReadString();
        int batchSize = reader.ReadInt32();
        if (batchSize < 1)
        {
            throw new FormatException($"The model file's {What} has a batch size of {batchSize}.");
        }

        SegmentationScoringOptions options = ReadOptions(reader);
        Mask2FormerConfig config = PretrainedConfig.FromJson<Mask2FormerConfig>(reader.ReadString());
        Mask2FormerImageProcessorConfig preprocessing = Mask2FormerImageProcessorConfig.FromJson(reader.ReadString());
        ClassLabels labels = ClassLabels.Read(reader);
        Mask2FormerModelParameters? model = null;
        bool found = context.TryLoadBinaryStream(WeightsEntry, weights => model = new Mask2FormerModelParameters(
            WeightStream.Read(weights.BaseStream, checkpoint => Mask2FormerCheckpoint.Load(checkpoint, config)), preprocessing));
        return found
            ? new Mask2FormerTransformer(env, model!, labels, imageColumn, options, batchSize)
            : throw new FormatException($"The model file has no entry '{WeightsEntry}'.");
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
        writer.Write((int)options.Upsampling);
    }

    private static SegmentationScoringOptions ReadOptions(BinaryReader reader)
    {
        var task = (SegmentationTask)reader.ReadInt32();
        int things = reader.ReadInt32();
        List<string>? names = things < 0 ? null : [];
        for (int i = 0; i < things; i++)
        {
            names!.Add(reader.ReadString());
        }

        return new SegmentationScoringOptions
        {
            Task = Enum.IsDefined(task) ? task : throw new FormatException($"The model file's {What} has the unknown task {(int)task}."),
            ThingClasses = names,
            Threshold = reader.ReadDouble(),
            MaskThreshold = reader.ReadDouble(),
            OverlapMaskAreaThreshold = reader.ReadDouble(),
            MaxInstances = reader.ReadInt32() is > 0 and var most ? most : null,
            Upsampling = (MaskUpsampling)reader.ReadInt32(),
        };
    }
}
