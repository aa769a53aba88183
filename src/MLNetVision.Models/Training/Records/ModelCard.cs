using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Training.History;

namespace MLNetVision.Models.Training.Records;

/// <summary>
/// The README.md of a checkpoint folder in Hugging Face's form: metadata for the hub in YAML, then in words what the model knows and how
/// it was trained.
/// </summary>
public static partial class ModelCard
{
    private const int MostLabels = 100;
    private const int MostRows = 30;
    private const string Image = "image";

    /// <summary>The text of a model card, for <see cref="SaveOptions.ModelCard"/>.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="training">What its training measured; null for none.</param>
    public static string Write(PretrainedConfig config, TrainingRecord? training)
    {
        ArgumentNullException.ThrowIfNull(config);
        bool classifies = config.ModelType == "levit";
        var text = new StringBuilder();
        Metadata(text, config.ModelType, classifies ? "image-classification" : "image-segmentation", training);
        text.Append(PretrainedFolder.ModelCardMark).Append("\n\n");
        string family = classifies ? "LeViT" : "Mask2Former";
        Line(text, $"# {family} for {Count(config.NumLabels, "class", "classes")}\n");
        Line(text, $"A {family} that {(classifies ? "classifies" : "segments")} {Image}s{(training is null ? string.Empty : ", trained with [ML.NET](https://dotnet.microsoft.com/apps/machinelearning-ai/ml-dotnet) and MLNetVision")}. {Summary(training)}".TrimEnd() + "\n");
        Usage(text, classifies);
        Line(text, "## Classes\n");
        Line(text, string.Join(", ", config.Labels.Take(MostLabels).Select(Code)) + (config.NumLabels > MostLabels ? $" and {config.NumLabels - MostLabels} more" : string.Empty) + "\n");
        if (training is not null)
        {
            Training(text, training);
        }

        return text.ToString();
    }

    private static void Metadata(StringBuilder text, string modelType, string task, TrainingRecord? training)
    {
        text.Append("---\nlibrary_name: transformers\n");
        Line(text, $"pipeline_tag: {task}");
        Line(text, $"tags:\n- {modelType}\n- {task}\n- ml.net\n- mlnetvision");
        if (BaseModel(training) is { } start)
        {
            Line(text, $"base_model: {start}");
        }

        if (training is { Metric: { } metric, Best.Score: { } score })
        {
            string type = metric.ToLowerInvariant().Replace(' ', '_');
            Line(text, $"metrics:\n- {type}");
            Line(text, $"model-index:\n- name: {modelType}\n  results:\n  - task:\n      type: {task}\n    dataset:\n      name: validation data\n      type: custom\n    metrics:\n    - type: {type}\n      value: {Number(score, "0.######")}");
        }

        text.Append("---\n\n");
    }

    /// <summary>The id of the model on the hub that the training started from; a reason may follow it. Null for folders and new weights.</summary>
    private static string? BaseModel(TrainingRecord? training) =>
        training?.Start?.Split(" (")[0] is { } name && ModelId().IsMatch(name) && !Directory.Exists(name) ? name : null;

    private static string Summary(TrainingRecord? training) => training is { Metric: { } metric, Best: { Score: { } score } best }
        ? $"On its validation data it reached {(metric == "accuracy" ? "an" : "a")} {metric} of {Number(score, "0.0000")}, after {Number(best.Epoch, "0.##")} epochs."
        : string.Empty;

    private static void Usage(StringBuilder text, bool classifies)
    {
        (string apply, string pipeline) = classifies ? ("ApplyLevit", "image-classification") : ("ApplyMask2Former", "image-segmentation");
        text.Append("## Use\n\n");
        Line(text, $"```csharp\nvar model = ml.Transforms.{apply}(\"FOLDER\").Fit(data);\n```\n");
        Line(text, $"```python\nfrom transformers import pipeline\nprint(pipeline(\"{pipeline}\", model=\"FOLDER\")(\"picture.jpg\"))\n```\n");
    }

    private static void Training(StringBuilder text, TrainingRecord training)
    {
        text.Append("## Training\n\n| | |\n|---|---|\n");
        Row(text, "started from", training.Start is { } start ? Code(start) : "not recorded");
        Row(text, "outcome", CapitalInside().Replace($"{training.Outcome}", " $0").ToLowerInvariant());
        Row(text, "steps", $"{training.Steps}{Left(training)}; the weights are those after {training.KeptStep}");
        Row(text, "training data", Describe(training.Data));
        if (training.Validation is { } validation)
        {
            Row(text, "validation data", Describe(validation));
        }

        Row(text, "time", $"{Number(training.Seconds, "0.0")} s, ended {training.Ended.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC");
        if (training.Compute is { } compute)
        {
            Row(text, "computed on", $"{compute}");
        }

        Row(text, "versions", string.Join(", ", training.Versions.Select(item => $"{item.Key} {item.Value}")));
        foreach (string line in training.Data.FirstSkipped.Concat(training.Validation?.FirstSkipped ?? []).Select(skipped => $"{Code(skipped.Name)}: {Plain(skipped.Reason)}"))
        {
            Row(text, "could not be read", line);
        }

        History(text, training);
        text.Append("\n## Settings\n\n```json\n")
            .Append(JsonSerializer.Serialize(training.Settings, Indented).ReplaceLineEndings("\n").Replace("```", "` ` `", StringComparison.Ordinal))
            .Append("\n```\n");
    }

    private static void History(StringBuilder text, TrainingRecord training)
    {
        if (training.History.Count == 0)
        {
            return;
        }

        text.Append("\n## History\n\n");
        string score = training.Metric ?? "score";
        Line(text, $"| epoch | step | loss | validation loss | {score} | learning rate | seconds |\n|---|---|---|---|---|---|---|");
        int last = training.History.Count - 1;
        int rows = Math.Min(MostRows, last + 1);
        HashSet<int> shown = [.. Enumerable.Range(0, rows).Select(row => rows == 1 ? last : (int)Math.Round(row * (double)last / (rows - 1)))];
        foreach ((int index, TrainingPoint point) in training.History.Index().Where(item => shown.Contains(item.Index) || item.Item == training.Best))
        {
            string mark = point == training.Best ? "**" : string.Empty;
            Line(text, $"| {mark}{Number(point.Epoch, "0.##")}{mark} | {point.Step} | {Figure(point.Loss)} | {Figure(point.ValidationLoss)} | {mark}{Figure(point.Score)}{mark} | {Number(point.LearningRate, "0.##e-0")} | {Number(point.Seconds, "0.0")} |");
        }
    }

    private static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true };

    private static string Left(TrainingRecord training) => (training.NonFiniteSteps, training.UnreadableSteps) switch
    {
        (0, 0) => string.Empty,
        var (nonFinite, unreadable) => $", {nonFinite + unreadable} left out ({nonFinite} not finite, {unreadable} without readable pictures)",
    };

    private static string Describe(TrainingData data) =>
        $"{data.Fingerprint}{(data.Skipped > 0 ? $"; {data.Skipped} could not be read" : string.Empty)}{(data.RowsLeftOut > 0 ? $"; {data.RowsLeftOut} rows were left out" : string.Empty)}";

    private static string Figure(double? value) => value is { } number ? MetricsText.Figure(number) : string.Empty;

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Count(int count, string one, string many) => count == 1 ? $"1 {one}" : string.Create(CultureInfo.InvariantCulture, $"{count} {many}");

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');

    private static void Row(StringBuilder text, string name, FormattableString value) => Row(text, name, value.ToString(CultureInfo.InvariantCulture));

    private static void Row(StringBuilder text, string name, string value) => text.Append("| ").Append(name).Append(" | ").Append(value).Append(" |\n");

    /// <summary>Names of strangers as code, which Markdown leaves as it is.</summary>
    private static string Code(string name) => $"`{Plain(name).Replace('`', '\'')}`";

    /// <summary>One line that ends no cell of a table and begins no element.</summary>
    private static string Plain(string name) => name.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    [GeneratedRegex(@"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex ModelId();

    [GeneratedRegex("(?<=[a-z])[A-Z]", RegexOptions.CultureInvariant)]
    private static partial Regex CapitalInside();
}
