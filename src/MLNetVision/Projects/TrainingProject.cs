using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MLNetVision.Imaging.Files;

namespace MLNetVision.Projects;

/// <summary>A project of ML.NET's Model Builder (.mbconfig): what is trained with which data. Versions 0 to 5 are read, 5 is written.</summary>
/// <remarks>
/// <para>Nodes that this library does not know are kept and written back. What Model Builder has no place for stands in an object
/// "MLNetVision" (<see cref="Vision"/>) and once more in NAME.vision.json beside the file, which is read where Model Builder has
/// dropped the object.</para>
/// <para>Nothing false is written: Model Builder's node for runs can name its own estimators only, so that our runs stand in
/// <see cref="VisionBlock.Runs"/> alone, and a run of Model Builder's whose model was replaced moves into the block.</para>
/// </remarks>
public sealed class TrainingProject
{
    /// <summary>The version that is written.</summary>
    public const int CurrentVersion = 5;

    private const string Block = "MLNetVision", Replaced = "ReplacedRunHistory";
    private const int LargestSide = 1 << 16;
    private static readonly long[] NoLimit = [0, 2147482, 2147483, int.MaxValue];

    private static readonly JsonSerializerOptions Writing = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly JsonObject _root;
    private readonly List<string> _warnings = [];

    private TrainingProject(string path, JsonObject root)
    {
        (Path, _root) = (System.IO.Path.GetFullPath(path), root);
        Version = (root.Whole(nameof(Version), 0) ?? root.Whole("TrainingConfigurationVersion", 0) ?? throw new InvalidDataException($"'{path}' is no project file of Model Builder: it has neither Version nor TrainingConfigurationVersion."));
        if (Version > CurrentVersion)
        {
            _warnings.Add($"'{path}' is of version {Version}, newer than {CurrentVersion}: what is known of it is read, and it is not written over.");
        }

        Scenario = root.Kind(nameof(Scenario), "ScenarioType") ?? throw new InvalidDataException($"'{path}' names no Scenario.");
        Environment = root.Kind("Environment", "EnvironmentType") ?? "LocalCPU";
        JsonObject? source = root.Object("DataSource");
        DataKind = root.Kind("DataSource", "DataSourceType");
        DataPath = FullPath(source?.Text("FolderPath") ?? source?.Text("FilePath") ?? source?.Text("FileName"));
        ReadTraining(root.Object("TrainingOption") ?? root);
        Vision = ReadBlock();
        if (Vision.Data?.Path is { } said && DataPath is not null && FullPath(said) != DataPath)
        {
            throw new InvalidDataException(
                $"'{path}' names the data '{DataPath}', but its block {Block} (or {System.IO.Path.GetFileName(SidePath)}) the data '{FullPath(said)}': take out the one that is out of date.");
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The version that the file had.</summary>
    public int Version { get; }

    /// <summary>Model Builder's scenario, such as ImageClassification or ObjectDetection.</summary>
    public string Scenario { get; }

    /// <summary>The kind of the data in Model Builder's words: Folder, Vott, Coco or TabularFile; null where there is none yet.</summary>
    public string? DataKind { get; private set; }

    /// <summary>The full path of the data; null where there are none yet.</summary>
    public string? DataPath { get; private set; }

    /// <summary>LocalCPU, LocalGPU or Azure.</summary>
    public string Environment { get; set; }

    /// <summary>How long training may take; null for as long as it takes, which Model Builder writes as 0 or as a number without end.</summary>
    public TimeSpan? TrainTime { get; set; }

    /// <summary>The metric to optimise in Model Builder's words; null for its default.</summary>
    public string? OptimizeMetric { get; set; }

    /// <summary>How the training is validated; null for the default.</summary>
    public ProjectValidation? Validation { get; set; }

    /// <summary>Passes over the data of an object detection.</summary>
    public int? Epochs { get; set; }

    /// <summary>The smallest score of a detection.</summary>
    public double? ScoreThreshold { get; set; }

    /// <summary>The overlap from which two boxes are of one object.</summary>
    public double? IouThreshold { get; set; }

    /// <summary>The size that pictures are brought to.</summary>
    public (int Width, int Height)? ImageSize { get; set; }

    /// <summary>What Model Builder has no place for; where it and Model Builder's nodes say different things of one matter, it goes first.</summary>
    public VisionBlock Vision { get; set; }

    /// <summary>What is to be said of the file.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    private string Folder => System.IO.Path.GetDirectoryName(Path)!;

    private string SidePath => System.IO.Path.ChangeExtension(Path, ".vision.json");

    private bool IsDetection => Scenario == "ObjectDetection";

    /// <summary>A new project.</summary>
    /// <param name="path">Its file; nothing is written yet.</param>
    /// <param name="scenario">ImageClassification, or ObjectDetection, which stands for all kinds of segmentation.</param>
    /// <param name="dataKind">Folder, Vott or Coco.</param>
    /// <param name="dataPath">The folder or file of the data.</param>
    public static TrainingProject Create(string path, string scenario, string dataKind, string dataPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var root = new JsonObject { [nameof(Scenario)] = scenario, ["Type"] = "TrainingConfig", [nameof(Version)] = CurrentVersion };
        return new TrainingProject(path, root) { DataKind = dataKind, DataPath = System.IO.Path.GetFullPath(dataPath) };
    }

    /// <summary>Reads a project.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no project, or contradicts itself; the message says where.</exception>
    public static TrainingProject Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(Directory.Exists(path)
                ? $"'{System.IO.Path.GetFullPath(path)}' is a folder, not a project file.{NearNames.Question([.. Directory.EnumerateFiles(path, "*.mbconfig").Order(StringComparer.Ordinal).Take(3)])}"
                : $"There is no project file '{System.IO.Path.GetFullPath(path)}'.{NearNames.Question(path)}", path);
        }

        JsonObject root = ProjectNodes.Parse(File.ReadAllText(path), path);
        try
        {
            return new TrainingProject(path, root);
        }
        catch (InvalidDataException e) when (!e.Message.Contains(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"'{path}': {e.Message}", e);
        }
    }

    /// <summary>The same project as another file, whose paths lead to where they lead now. Nothing is written.</summary>
    /// <param name="path">The other file.</param>
    public TrainingProject CopyTo(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var root = (JsonObject)_root.DeepClone();
        root.Remove("DataSource"); // its path is counted from this file; the kind's own version comes back below
        root[Block] = JsonSerializer.SerializeToNode(Vision with { Data = null }, Writing);
        var copy = new TrainingProject(path, root)
        {
            DataKind = DataKind, DataPath = DataPath, Environment = Environment, TrainTime = TrainTime, OptimizeMetric = OptimizeMetric,
            Validation = Validation, Epochs = Epochs, ScoreThreshold = ScoreThreshold, IouThreshold = IouThreshold, ImageSize = ImageSize,
            Vision = Vision with
            {
                Model = Vision.Model is { } model ? model with { Checkpoint = FullPath(model.Checkpoint) is { } place && System.IO.Path.Exists(place) ? There(place) : model.Checkpoint } : null,
                Data = Vision.Data is { } data ? data with { Path = There(data.Path), ImageFolder = There(data.ImageFolder), ValidationPath = There(data.ValidationPath), TestPath = There(data.TestPath) } : null,
                Runs = Vision.Runs is { } runs ? [.. runs.Select(run => run with { Folder = There(run.Folder)!, ModelFile = There(run.ModelFile) })] : null,
            },
        };
        if (_root.Object("DataSource")?.DeepClone() is JsonObject source)
        {
            copy._root["DataSource"] = source;
        }

        return copy;

        string? There(string? said) => FullPath(said) is { } full && System.IO.Path.IsPathFullyQualified(full) ? System.IO.Path.GetRelativePath(folder, full) : said;
    }

    /// <summary>Notes a training that ran. A run of Model Builder's in the file is of the model that was replaced, and moves out of its node.</summary>
    public void AddRun(VisionRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        Vision = Vision with { Runs = [.. Vision.Runs ?? [], run] };
        if (_root.Object("RunHistory") is { } history)
        {
            _root.Remove("RunHistory");
            Dictionary<string, JsonElement> other = new(Vision.Other ?? new Dictionary<string, JsonElement>(), StringComparer.Ordinal) { [Replaced] = JsonSerializer.SerializeToElement(history) };
            Vision = Vision with { Other = other };
        }
    }

    /// <summary>Takes out what is noted of a run, which is to be noted anew.</summary>
    internal void RemoveRun(string folder) => Vision = Vision with { Runs = [.. (Vision.Runs ?? []).Where(run => run.Folder != folder)] };

    /// <summary>Refuses a file that <see cref="Save"/> would not write.</summary>
    internal void CheckWritable()
    {
        if (Version > CurrentVersion)
        {
            throw new InvalidOperationException($"'{Path}' is of version {Version}, newer than {CurrentVersion}; written as version {CurrentVersion} it would lose what is new. Allow that, or save a copy under another name.");
        }
    }

    /// <summary>Writes the project as version 5, and NAME.vision.json beside it; each is there as a whole or not at all.</summary>
    /// <param name="overwriteNewer">Whether a file of a newer version is written over, whose new nodes are then of the old version.</param>
    /// <exception cref="InvalidOperationException">The file is of a newer version.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Save(bool overwriteNewer = false)
    {
        if (!overwriteNewer)
        {
            CheckWritable();
        }

        WriteNodes();
        JsonObject block = JsonSerializer.SerializeToNode(Vision, Writing)!.AsObject();
        _root[Block] = block.DeepClone();
        byte[] mark = [0xEF, 0xBB, 0xBF];
        AtomicFile.Write(Path, stream =>
        {
            stream.Write(mark);
            JsonSerializer.Serialize(stream, _root, Writing);
        });
        AtomicFile.Write(SidePath, stream => JsonSerializer.Serialize(stream, block, Writing));
    }

    private void WriteNodes()
    {
        _root.Remove("TrainingConfigurationVersion");
        (_root[nameof(Scenario)], _root["Type"], _root[nameof(Version)]) = (Scenario, "TrainingConfig", CurrentVersion);
        JsonObject environment = _root.Typed("Environment", Environment, 1);
        environment.Remove("EnvironmentType");
        if (DataKind is { } kind && DataPath is { } place)
        {
            int version = _root.Object("DataSource") is { } source && source.Text("Type") == kind && source.Whole(nameof(Version), 0) is { } own ? own : 1;
            JsonObject data = _root.Typed("DataSource", kind, version);
            data.Remove("DataSourceType");
            data[kind == "Folder" ? "FolderPath" : "FilePath"] = Relative(place);
            Vision = Vision with { Data = (Vision.Data ?? new VisionData()) with { Path = Relative(place) } };
        }

        if (_root.Object("RunHistory") is { } history && history["Type"] is null)
        {
            (history["Type"], history[nameof(Version)]) = ("Result", 0); // as the first version with types has it
        }

        WriteTraining(IsDetection ? _root.Typed("TrainingOption", "ObjectDetectionTrainingOption", 0)
            : Scenario is "ImageClassification" or "Classification" ? _root.Typed("TrainingOption", "ClassificationTrainingOption", 2)
            : _root.Object("TrainingOption"));
    }

    private void WriteTraining(JsonObject? option)
    {
        if (option is null)
        {
            return;
        }

        _root.Remove("TrainingTime");
        option["TrainingTime"] = TrainTime is { } time ? (long)time.TotalSeconds : IsDetection ? 0 : int.MaxValue;
        Set(option, "OptimizeMetric", OptimizeMetric);
        if (Scenario == "ImageClassification")
        {
            option["Subsampling"] ??= false;
        }

        if (Validation is { } validation)
        {
            (string type, string name, JsonNode value) = validation switch
            {
                { Path: { } file } => ("FileValidationOption", "FilePath", Relative(file)),
                { Folds: { } folds } => ("CrossValidationValidationOption", "NumberOfFolds", folds),
                _ => ("TrainValidateSplitValidationOption", "SplitRatio", (JsonNode)(validation.SplitRatio ?? 0.2)),
            };
            option["ValidationOption"] = new JsonObject { [nameof(Version)] = 0, ["Type"] = type, [name] = value };
        }

        if (IsDetection)
        {
            Set(option, "Epoch", Epochs);
            Set(option, "ScoreThreshold", ScoreThreshold);
            Set(option, "IOUThreshold", IouThreshold);
            if (ImageSize is { } size)
            {
                JsonObject resize = option.Typed("ResizeOption", "Resize", 0);
                (resize["Width"], resize["Height"]) = (size.Width, size.Height);
            }
        }
    }

    private void ReadTraining(JsonObject option)
    {
        TrainTime = option.Number("TrainingTime", 0, int.MaxValue) is { } seconds && !NoLimit.Contains((long)seconds) ? TimeSpan.FromSeconds(seconds) : null;
        OptimizeMetric = option.Text("OptimizeMetric");
        Epochs = option.Whole("Epoch", 0);
        ScoreThreshold = option.Number("ScoreThreshold", 0, 1);
        IouThreshold = option.Number("IOUThreshold", 0, 1);
        if (option.Object("ValidationOption") is { } validation)
        {
            Validation = validation.Text("Type") switch
            {
                "TrainValidateSplitValidationOption" => new ProjectValidation(SplitRatio: validation.Number("SplitRatio", 0, 1)),
                "CrossValidationValidationOption" => new ProjectValidation(Folds: validation.Whole("NumberOfFolds", 0)),
                "FileValidationOption" => new ProjectValidation(Path: FullPath(validation.Text("FilePath"))),
                _ => null,
            };
        }

        if (option.Object("ResizeOption") is { } resize && resize.Whole("Width", 0, LargestSide) is { } width && resize.Whole("Height", 0, LargestSide) is { } height)
        {
            ImageSize = (width, height);
        }
    }

    private VisionBlock ReadBlock()
    {
        JsonObject? block = _root.Object(Block) ?? (File.Exists(SidePath) ? ProjectNodes.Parse(File.ReadAllText(SidePath), SidePath) : null);
        try
        {
            return block is null ? new VisionBlock() : block.Deserialize<VisionBlock>() ?? new VisionBlock();
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The block {Block} of '{Path}' cannot be read: {e.Message}", e);
        }
    }

    private static void Set(JsonObject node, string name, JsonNode? value)
    {
        if (value is not null)
        {
            node[name] = value;
        }
    }

    // Paths of any system count from the project's folder; one of a drive stays as it is where there are none.
    internal string? FullPath(string? path)
    {
        if (string.IsNullOrEmpty(path))
        {
            return null;
        }

        if (path.Contains('\0'))
        {
            throw new InvalidDataException("A path holds a character of the value 0.");
        }

        bool isOfDrive = path.Length > 1 && path[1] == ':' || path.StartsWith(@"\\", StringComparison.Ordinal);
        return isOfDrive && !OperatingSystem.IsWindows() ? path
            : System.IO.Path.GetFullPath(OperatingSystem.IsWindows() ? path : path.Replace('\\', '/'), Folder);
    }

    internal string Relative(string path) => System.IO.Path.IsPathFullyQualified(path) ? System.IO.Path.GetRelativePath(Folder, path) : path;
}
