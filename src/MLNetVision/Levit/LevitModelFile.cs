using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Persistence;
using TorchSharp;

[assembly: LoadableClass(typeof(LevitTransformer), typeof(LevitModelFile), null, typeof(SignatureLoadModel), "LeViT image classifier", LevitModelFile.LoaderSignature)]

namespace MLNetVision.Levit;

/// <summary>Writes and reads a LeViT transformer in an ML.NET model file.</summary>
/// <remarks>
/// Version 1: the image column, the output columns (each a string, empty if absent; the top count), the batch size, whether
/// there is a distillation head, config.json and preprocessor_config.json as text, the labels; in an entry of its own the
/// weights as safetensors. Version 2: the precision, after the labels. Version 3: the
/// orientation, after the precision; pictures of older files are taken as they are stored. Version 4: the SHA-256 of the
/// weights, and what the training measured as JSON or nothing.
/// </remarks>
internal static class LevitModelFile
{
    public const string LoaderSignature = "MLNetVisionLevit";
    private const string What = "LeViT classifier";

    private static VersionInfo Version { get; } = ModelFile.Version("MNVLEVIT", current: 4, LoaderSignature);

    public static void Save(ModelSaveContext context, LevitTransformer transformer)
    {
        LevitModelParameters model = transformer.Model;
        BinaryWriter writer = ModelFile.Begin(context, Version);
        writer.Write(transformer.ImageColumnName);
        Write(writer, transformer.OutputColumns);
        writer.Write(transformer.BatchSize);
        writer.Write(model.HasDistillationHead);
        var network = new SavedNetwork(
            model.Config.ToJson(), model.Preprocessing.ToJson(), transformer.Labels, transformer.Precision, transformer.Orientation, WeightsHash: null, model.Training);
        ModelFile.WriteNetwork(context, network, model.Module);
    }

    /// <summary>ML.NET calls this by reflection when it loads a model file.</summary>
    /// <exception cref="FormatException">The file is broken or was written by a newer version ("too new").</exception>
    public static LevitTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ArgumentNullException.ThrowIfNull(env);
        return ModelFile.Read(ctx, Version, What, reader =>
        {
            string imageColumn = reader.ReadString();
            LevitOutputColumns columns = ReadColumns(reader);
            int batchSize = ModelFile.ReadBatchSize(reader);
            bool hasDistillationHead = reader.ReadBoolean();
            SavedNetwork saved = ModelFile.ReadNetwork(ctx, reader);
            LevitConfig config = LevitConfig.FromJson(saved.ConfigJson);
            LevitImageProcessorConfig preprocessing = LevitImageProcessorConfig.FromJson(saved.PreprocessingJson);
            torch.nn.Module module = ModelFile.LoadWeights(
                ctx, saved.WeightsHash, config, generator => LevitModelParameters.CreateModule(config, hasDistillationHead, LevitInitialization.HuggingFace, generator));
            return new LevitTransformer(env, new LevitModelParameters(module, config, preprocessing) { Training = saved.Training }, saved.Labels, imageColumn, columns, batchSize, saved.Precision, saved.Orientation);
        });
    }

    private static void Write(BinaryWriter writer, LevitOutputColumns columns)
    {
        foreach (string? name in new[] { columns.Score, columns.PredictedLabel, columns.TopLabels, columns.TopScores, columns.Features })
        {
            writer.Write(name ?? string.Empty);
        }

        writer.Write(columns.TopCount);
    }

    private static LevitOutputColumns ReadColumns(BinaryReader reader)
    {
        return new LevitOutputColumns
        {
            Score = Name(),
            PredictedLabel = Name(),
            TopLabels = Name(),
            TopScores = Name(),
            Features = Name(),
            TopCount = reader.ReadInt32(),
        };

        string? Name() => reader.ReadString() is { Length: > 0 } name ? name : null;
    }
}
