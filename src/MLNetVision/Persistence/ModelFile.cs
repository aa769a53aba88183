using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Kernels.Products;
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

    /// <summary>Reads the precision, which files have from version 2 on.</summary>
    /// <exception cref="InvalidDataException">There is no such precision.</exception>
    public static ScoringPrecision ReadPrecision(ModelLoadContext context, BinaryReader reader) =>
        context.Header.ModelVerWritten < VersionZero + 2 ? ScoringPrecision.Single : ReadEnum<ScoringPrecision>(reader);

    /// <summary>Reads a value of an enumeration.</summary>
    /// <exception cref="InvalidDataException">There is no such value.</exception>
    public static TEnum ReadEnum<TEnum>(BinaryReader reader)
        where TEnum : struct, Enum
    {
        int value = reader.ReadInt32();
        var read = (TEnum)Enum.ToObject(typeof(TEnum), value);
        return Enum.IsDefined(read) ? read : throw new InvalidDataException($"{value} is no {typeof(TEnum).Name}.");
    }

    /// <summary>Writes the weights into an entry of their own.</summary>
    public static void SaveWeights(ModelSaveContext context, torch.nn.Module module) =>
        context.SaveBinaryStream(WeightsEntry, weights => WeightStream.Write(weights.BaseStream, module.state_dict()));

    /// <summary>Loads what <see cref="SaveWeights"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The entry is missing or broken.</exception>
    public static TModule LoadWeights<TModule>(ModelLoadContext context, Func<ICheckpoint, TModule> load)
        where TModule : torch.nn.Module
    {
        TModule? module = null;
        return context.TryLoadBinaryStream(WeightsEntry, weights => module = WeightStream.Read(weights.BaseStream, load))
            ? module!
            : throw new InvalidDataException($"It has no entry '{WeightsEntry}'.");
    }
}
