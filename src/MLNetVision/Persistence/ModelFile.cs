using Microsoft.ML;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Labels;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Training.Records;
using TorchSharp;

namespace MLNetVision.Persistence;

/// <summary>What all of the library's transformers have in common in an ML.NET model file: header, errors, and an entry of weights.</summary>
internal static class ModelFile
{
    private const string WeightsEntry = "model.safetensors";

    private const uint VersionZero = 0x00010000;

    /// <summary>The header of a format of which every version so far can be read.</summary>
    /// <param name="modelSignature">Eight letters.</param>
    /// <param name="current">The version that is written, from 1.</param>
    /// <param name="loaderSignature">The name that ML.NET finds the loader by.</param>
    public static VersionInfo Version(string modelSignature, uint current, string loaderSignature) => new(
        modelSignature: modelSignature,
        verWrittenCur: VersionZero + current,
        verReadableCur: VersionZero + current,
        verWeCanReadBack: VersionZero + 1,
        loaderSignature: loaderSignature,
        loaderAssemblyName: typeof(ModelFile).Assembly.GetName().Name); // Without a version: a newer library loads older files.

    /// <summary>Begins a model; its values follow on the writer.</summary>
    public static BinaryWriter Begin(ModelSaveContext context, VersionInfo version)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.CheckAtModel();
        context.SetVersionInfo(version);
        return context.Writer;
    }

    /// <summary>Reads a model; whatever is broken in it becomes one kind of error.</summary>
    /// <param name="context">ML.NET's reader.</param>
    /// <param name="version">The newest version that can be read.</param>
    /// <param name="what">What the file should hold, for messages.</param>
    /// <param name="read">Reads the values.</param>
    /// <exception cref="FormatException">The file is broken or was written by a newer version ("too new").</exception>
    public static T Read<T>(ModelLoadContext context, VersionInfo version, string what, Func<BinaryReader, T> read)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.CheckAtModel(version);
        try
        {
            return read(context.Reader);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or CheckpointMismatchException or ArgumentException)
        {
            throw new FormatException($"The model file's {what} is broken: {e.Message}", e);
        }
    }

    /// <summary>Reads a batch size.</summary>
    /// <exception cref="InvalidDataException">It is below 1.</exception>
    public static int ReadBatchSize(BinaryReader reader) =>
        reader.ReadInt32() is > 0 and var size ? size : throw new InvalidDataException("The batch size is below 1.");

    /// <summary>Reads a value of an enumeration.</summary>
    /// <exception cref="InvalidDataException">There is no such value.</exception>
    public static TEnum ReadEnum<TEnum>(BinaryReader reader)
        where TEnum : struct, Enum
    {
        int value = reader.ReadInt32();
        var read = (TEnum)Enum.ToObject(typeof(TEnum), value);
        return Enum.IsDefined(read) ? read : throw new InvalidDataException($"{value} is no {typeof(TEnum).Name}.");
    }

    /// <summary>Writes what every file ends with: settings, labels, precision, orientation, what the training measured, and the weights in an entry of their own with their hash.</summary>
    public static void WriteNetwork(ModelSaveContext context, SavedNetwork network, torch.nn.Module module)
    {
        BinaryWriter writer = context.Writer;
        writer.Write(network.ConfigJson);
        writer.Write(network.PreprocessingJson);
        network.Labels.Write(writer);
        writer.Write((int)network.Precision);
        writer.Write((int)network.Orientation);
        string hash = string.Empty;
        context.SaveBinaryStream(WeightsEntry, weights => hash = WeightStream.Write(weights.BaseStream, module.state_dict()));
        writer.Write(hash);
        writer.Write(network.Training?.ToJson() ?? string.Empty);
    }

    /// <summary>Reads what <see cref="WriteNetwork"/> wrote, but for the weights.</summary>
    /// <exception cref="InvalidDataException">There is no such precision or orientation, or the record of the training is broken.</exception>
    public static SavedNetwork ReadNetwork(ModelLoadContext context, BinaryReader reader) => new(
        reader.ReadString(), reader.ReadString(), ClassLabels.Read(reader), ReadPrecision(context, reader), ReadOrientation(context, reader), ReadHash(context, reader), ReadTraining(context, reader));

    /// <summary>A network with the weights that <see cref="WriteNetwork"/> wrote: all of them, under their own names.</summary>
    /// <param name="context">ML.NET's reader.</param>
    /// <param name="expectedHash">The hash that the file has of the weights.</param>
    /// <param name="config">What the file says of the network; compared with the weights before anything of its size is made.</param>
    /// <param name="create">Makes the network with any weights.</param>
    /// <exception cref="InvalidDataException">The entry is missing, broken, or not the one that was saved.</exception>
    /// <exception cref="CheckpointMismatchException">The weights do not fit.</exception>
    public static TModule LoadWeights<TModule>(ModelLoadContext context, string? expectedHash, PretrainedConfig config, Func<torch.Generator, TModule> create)
        where TModule : torch.nn.Module
    {
        TModule? module = null;
        return context.TryLoadBinaryStream(WeightsEntry, weights => module = WeightStream.Read(weights.BaseStream, expectedHash, Load))
            ? module!
            : throw new InvalidDataException($"It has no entry '{WeightsEntry}'.");

        TModule Load(ICheckpoint checkpoint)
        {
            ConfigComparison.Check(config, checkpoint);
            using var generator = new torch.Generator(0);
            TModule created = create(generator);
            CheckpointLoader.Load(created, checkpoint, new LoadOptions { Mode = LoadMode.Strict });
            return created;
        }
    }

    // Files have both from version 4 on.
    private static string? ReadHash(ModelLoadContext context, BinaryReader reader) =>
        context.Header.ModelVerWritten < VersionZero + 4 ? null : reader.ReadString();

    private static TrainingRecord? ReadTraining(ModelLoadContext context, BinaryReader reader) =>
        context.Header.ModelVerWritten >= VersionZero + 4 && reader.ReadString() is { Length: > 0 } json ? TrainingRecord.FromJson(json) : null;

    // Files have it from version 3 on; the models of older ones took pictures as they are stored.
    private static ExifOrientation ReadOrientation(ModelLoadContext context, BinaryReader reader) =>
        context.Header.ModelVerWritten < VersionZero + 3 ? ExifOrientation.Ignore : ReadEnum<ExifOrientation>(reader);

    // Files have it from version 2 on.
    private static ScoringPrecision ReadPrecision(ModelLoadContext context, BinaryReader reader) =>
        context.Header.ModelVerWritten < VersionZero + 2 ? ScoringPrecision.Single : ReadEnum<ScoringPrecision>(reader);
}
