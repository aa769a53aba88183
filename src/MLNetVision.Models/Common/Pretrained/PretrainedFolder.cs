using System.Text.Json;
using System.Text.Json.Nodes;
using MLNetVision.Imaging.Files;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Config;
using TorchSharp;

namespace MLNetVision.Models.Common.Pretrained;

/// <summary>A folder in Hugging Face's form: config.json, weights, and preprocessor_config.json where there is one.</summary>
public sealed class PretrainedFolder : IDisposable
{
    /// <summary>The name of the file with the settings of the image processor.</summary>
    public const string PreprocessorName = "preprocessor_config.json";

    /// <summary>The name of the model card.</summary>
    public const string ModelCardName = "README.md";

    /// <summary>The line by which a model card of this library is known again.</summary>
    internal const string ModelCardMark = "<!-- Written by MLNetVision, and again when the model is saved again: remove this line to keep your own text. -->";

    private const int MaximumAttempts = 5;

    private PretrainedFolder(string folder, string weights)
    {
        Path = folder;
        ConfigJson = ReadText(PretrainedConfig.FileName);
        PreprocessorJson = ReadText(PreprocessorName);
        Checkpoint = Checkpoints.Formats.Checkpoint.Open(weights);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The text of config.json; null when there is none.</summary>
    public string? ConfigJson { get; }

    /// <summary>The text of preprocessor_config.json; null when there is none.</summary>
    public string? PreprocessorJson { get; }

    /// <summary>The weights.</summary>
    public ICheckpoint Checkpoint { get; }

    /// <summary>
    /// Opens a folder, or a weights file in one. All that is read belongs together, also while another process replaces
    /// the folder by <see cref="Save"/>.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such folder or file, or the folder has no weights.</exception>
    /// <exception cref="InvalidDataException">The weights are broken.</exception>
    /// <exception cref="IOException">The folder changed with each of several attempts.</exception>
    public static PretrainedFolder Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        for (int attempt = 1; ; attempt++)
        {
            string file = FolderSwap.CurrentFile(path);
            bool isFile = File.Exists(file);
            string folder = isFile ? System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file))! : FolderSwap.Current(path);
            string before = State(folder);
            PretrainedFolder opened;
            try
            {
                opened = new PretrainedFolder(folder, isFile ? file : folder);
            }
            catch (Exception e) when (e is IOException or InvalidDataException && attempt < MaximumAttempts && State(folder) != before)
            {
                continue; // torn by a change: look again
            }

            if (State(folder) == before)
            {
                return opened;
            }

            opened.Dispose();
            if (attempt == MaximumAttempts)
            {
                throw new IOException($"The folder '{folder}' changed while it was read, {attempt} times.");
            }
        }
    }

    /// <summary>Reads config.json as the config of a model.</summary>
    /// <param name="wayOut">A sentence on what to do where there is none.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is broken, the config of another model, or asks for more than the weights have.</exception>
    internal TConfig ReadConfig<TConfig>(string wayOut = "")
        where TConfig : PretrainedConfig, new()
    {
        string file = System.IO.Path.Combine(Path, PretrainedConfig.FileName);
        string json = ConfigJson ?? throw new FileNotFoundException(
            $"There is no '{file}' beside the weights. {wayOut}".TrimEnd(), file);
        try
        {
            string modelType = new TConfig().ModelType;
            TConfig config = Config.ConfigJson.Parse(json) is not JsonObject fields || fields["model_type"]?.ToString() is not { } type || type == modelType
                ? PretrainedConfig.FromJson<TConfig>(json)
                : throw new InvalidDataException($"The checkpoint {NetworkKinds.Mismatch(type, modelType)}");
            ConfigComparison.Check(config, Checkpoint);
            return config;
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{file}': {e.Message}", e);
        }
    }

    /// <summary>
    /// Writes a model as Hugging Face's save_pretrained does: config.json, model.safetensors (or several files with an
    /// index), preprocessor_config.json and a model card. The folder is replaced as a whole: readers, and a crash, see the old model
    /// or the new one. Weights of the old model go, other files in the folder stay.
    /// </summary>
    /// <param name="folder">The folder; it is created when it does not exist.</param>
    /// <param name="model">The module whose parameters and persistent buffers are written, of any device.</param>
    /// <param name="config">Its config; the element type of the weights (torch_dtype) is set to the model's.</param>
    /// <param name="options">Size of the files and the processor's settings.</param>
    /// <remarks>A parameter that the model has under several keys is written under the first, as transformers does.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static void Save(string folder, torch.nn.Module model, PretrainedConfig config, SaveOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(config);
        options ??= new SaveOptions();
        options.Validate();
        KeyValuePair<string, torch.Tensor>[] tensors =
        [
            .. StateDictOrder.Collect(model, null, null).DistinctBy(item => item.Value, ReferenceEqualityComparer.Instance),
        ];
        string? dtype = tensors.Select(item => TorchName(item.Value.dtype)).FirstOrDefault(name => name is not null);
        string configJson = (config with { TorchDType = dtype ?? config.TorchDType }).ToJson();
        ShardPlan plan = ShardPlan.Create(tensors, options.MaximumShardBytes);
        bool ownsCard = OwnsCard(folder);
        FolderSwap.Replace(folder, name => Checkpoints.Formats.Checkpoint.IsStandardWeights(name) || (ownsCard && name == ModelCardName), target =>
        {
            foreach ((string file, IReadOnlyList<KeyValuePair<string, torch.Tensor>> shard) in plan.Shards)
            {
                SafetensorsWriter.Write(System.IO.Path.Combine(target, file), shard);
            }

            if (plan.Shards.Count > 1)
            {
                WriteText(target, ShardPlan.IndexName, plan.IndexJson());
            }

            WriteText(target, PretrainedConfig.FileName, configJson);
            if (options.PreprocessorJson is { } preprocessor)
            {
                WriteText(target, PreprocessorName, preprocessor);
            }

            if (ownsCard && options.ModelCard is { } card)
            {
                WriteText(target, ModelCardName, card);
            }
        });
    }

    /// <summary>Closes the weights; tensors that were read stay valid.</summary>
    public void Dispose() => Checkpoint.Dispose();

    // The floating type of the first weight, as transformers names it.
    private static string? TorchName(torch.ScalarType dtype) => dtype switch
    {
        torch.ScalarType.Float32 => "float32",
        torch.ScalarType.Float16 => "float16",
        torch.ScalarType.BFloat16 => "bfloat16",
        torch.ScalarType.Float64 => "float64",
        _ => null,
    };

    /// <summary>Whether the folder's model card, if there is one, may go.</summary>
    private static bool OwnsCard(string folder)
    {
        string file = System.IO.Path.Combine(FolderSwap.Current(folder), ModelCardName);
        return !File.Exists(file) || File.ReadLines(file).Contains(ModelCardMark);
    }

    private static void WriteText(string folder, string name, string text) =>
        AtomicFile.Write(System.IO.Path.Combine(folder, name), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    // Sizes and times of all files: another set of files has another state.
    private static string State(string folder)
    {
        try
        {
            return string.Join('\n', new DirectoryInfo(folder).EnumerateFiles()
                .OrderBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}"));
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Guid.NewGuid().ToString(); // changing right now: equal to no other state
        }
    }

    private string? ReadText(string name)
    {
        string file = System.IO.Path.Combine(Path, name);
        return File.Exists(file) ? File.ReadAllText(file) : null;
    }
}
