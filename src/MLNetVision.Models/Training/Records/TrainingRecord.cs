using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLNetVision.Imaging.Files;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.History;
using MLNetVision.Models.Training.State;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Records;

/// <summary>
/// What a training measured and how it was made: it stays with the model, in ML.NET's model files and in the model card of a checkpoint
/// folder. Nothing in it changes.
/// </summary>
public sealed record TrainingRecord
{
    private const int FormatVersion = 1;

    /// <summary>The version of this form when it is written as JSON; 1.</summary>
    public int Version { get; init; } = FormatVersion;

    /// <summary>The network's kind: "LeViT" or "Mask2Former".</summary>
    public required string Model { get; init; }

    /// <summary>From what the training started, in a few words, such as the id of a checkpoint; null where nobody told.</summary>
    public string? Start { get; init; }

    /// <summary>Why the training ended.</summary>
    public required TrainingOutcome Outcome { get; init; }

    /// <summary>The optimiser's steps, over all runs, without those that were left out.</summary>
    public required long Steps { get; init; }

    /// <summary>The steps that were left out because their loss or gradient was not finite.</summary>
    public required long NonFiniteSteps { get; init; }

    /// <summary>The steps that were left out because too few of their pictures could be read.</summary>
    public required long UnreadableSteps { get; init; }

    /// <summary>What <see cref="TrainingPoint.Score"/> is: "accuracy", "PQ", "AP", "mIoU", or "score" of an evaluation without a name; null without validation.</summary>
    public required string? Metric { get; init; }

    /// <summary>The course of the training, interrupted runs included.</summary>
    public required IReadOnlyList<TrainingPoint> History { get; init; }

    /// <summary>The steps after which the weights were as the model holds them; steps that were left out count.</summary>
    public required long KeptStep { get; init; }

    /// <summary>The training data.</summary>
    public required TrainingData Data { get; init; }

    /// <summary>The validation data; null without, or where they are not known.</summary>
    public TrainingData? Validation { get; init; }

    /// <summary>All settings, those that were not given included, as a JSON object by the names of the options.</summary>
    public required JsonElement Settings { get; init; }

    /// <summary>The versions of MLNetVision, TorchSharp, libtorch, .NET and, where it was used, ML.NET.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>Where and in which numbers the training, or the last run of an interrupted one, computed; null where an older version made the record.</summary>
    public TrainingCompute? Compute { get; init; }

    /// <summary>When the training ended.</summary>
    public required DateTimeOffset Ended { get; init; }

    /// <summary>The point of the history whose weights the model holds; null where they are from between two points, as after a cancellation.</summary>
    [JsonIgnore]
    public TrainingPoint? Best => History.LastOrDefault(point => point.Step == KeptStep);

    /// <summary>The seconds up to the last point, over all runs.</summary>
    [JsonIgnore]
    public double Seconds => History.Count > 0 ? History[^1].Seconds : 0;

    /// <summary>This record as JSON, which <see cref="FromJson"/> reads.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, TrainingFingerprint.Json);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is something else, or of a newer version.</exception>
    public static TrainingRecord FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            TrainingRecord read = JsonSerializer.Deserialize<TrainingRecord>(json, TrainingFingerprint.Json) ?? throw new InvalidDataException("The record of a training is null.");
            return read.Version <= FormatVersion
                ? read
                : throw new InvalidDataException($"The record of the training is of version {read.Version}, which is too new; this library reads up to {FormatVersion}.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The record of the training is broken: {e.Message}", e);
        }
    }

    /// <summary>
    /// The history as comma-separated text, a row a point, in columns called as in Ultralytics' results.csv: epoch, step, time (seconds since
    /// the beginning), train/loss, train/accuracy, metrics/NAME (accuracy_top1, PQ, mAP50-95(M), mIoU), val/loss, lr/pg0. What is not known is empty.
    /// </summary>
    public string ToCsv() => TrainingCurves.ToCsv(this);

    /// <summary>The curves of loss, metric and learning rate over the epochs as an SVG file, for light and dark screens; the point that was kept is marked.</summary>
    public string ToSvg() => TrainingCurves.ToSvg(this);

    /// <summary>Writes <see cref="ToCsv"/> to a file, such as results.csv, which appears whole or not at all.</summary>
    /// <param name="path">The file; its folder is made if need be.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void SaveCsv(string path) => Save(path, ToCsv());

    /// <summary>Writes <see cref="ToSvg"/> to a file, such as results.svg, which appears whole or not at all.</summary>
    /// <param name="path">The file; its folder is made if need be.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void SaveSvg(string path) => Save(path, ToSvg());

    /// <summary>The record of a training that ended now.</summary>
    /// <param name="result">What it did.</param>
    /// <param name="model">The network's kind.</param>
    /// <param name="metric">What was measured on validation data.</param>
    /// <param name="options">The settings.</param>
    /// <param name="device">Where the network was.</param>
    /// <param name="data">The training data, of which the result knows what could not be read.</param>
    /// <param name="validation">The validation data likewise.</param>
    internal static TrainingRecord Of(TrainingResult result, string model, string? metric, TrainingOptions options, Device device, TrainingData data, TrainingData? validation) => new()
    {
        Model = model,
        Outcome = result.Outcome,
        Steps = result.Steps,
        NonFiniteSteps = result.NonFiniteSteps,
        UnreadableSteps = result.UnreadableSteps,
        Metric = metric,
        History = result.Points,
        KeptStep = result.KeptStep,
        Data = data.WithSkipped(result.Skipped),
        Validation = validation?.WithSkipped(result.SkippedInValidation),
        Settings = SettingsOf(options),
        Versions = LibraryVersions.Current,
        Compute = TrainingCompute.Of(device, options.Precision),
        Ended = DateTimeOffset.UtcNow,
    };

    private static void Save(string path, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Settings as JSON, by the names of their properties.</summary>
    internal static JsonElement SettingsOf(object options) => JsonSerializer.SerializeToElement(options, options.GetType(), TrainingFingerprint.Json);
}
