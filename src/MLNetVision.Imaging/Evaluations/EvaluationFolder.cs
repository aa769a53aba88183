using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Metrics.Thresholds;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;

namespace MLNetVision.Imaging.Evaluations;

/// <summary>The folder that the files of an evaluation are written into; each file is there only when it is whole.</summary>
internal sealed class EvaluationFolder
{
    /// <summary>How the files are called.</summary>
    public const string Metrics = "metrics.json", Classes = "per_class.csv", Thresholds = "thresholds.csv", Worst = "worst.csv", Report = "report.html",
        Labels = "val_batch0_labels.jpg", Predictions = "val_batch0_pred.jpg";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _folder;

    public EvaluationFolder(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    public string File(string name) => Path.Combine(_folder, name);

    public void Write(string name, string text) => AtomicFile.Write(File(name), Encoding.UTF8.GetBytes(text));

    public void Write(string name, byte[] content) => AtomicFile.Write(File(name), content);

    /// <summary>Takes away what an evaluation of something else left here, so that all files are of one.</summary>
    public void Delete(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            System.IO.File.Delete(File(name));
        }
    }

    /// <summary>Puts the threshold to recommend behind the other figures.</summary>
    /// <param name="json">The figures.</param>
    /// <param name="thresholds">The thresholds; null: the figures stay as they are.</param>
    public static string WithThreshold(string json, ThresholdCurves? thresholds)
    {
        if (thresholds is null)
        {
            return json;
        }

        JsonObject figures = JsonNode.Parse(json)!.AsObject();
        figures["recommendedThreshold"] = Number(thresholds.RecommendedThreshold);
        figures["recommendedThresholdF1"] = Number(thresholds.Mean.BestF1);
        return figures.ToJsonString(Indented);
    }

    /// <summary>A picture, or why there is none.</summary>
    public static (RgbImage? Picture, string Problem) Decode(Func<RgbImage?> load)
    {
        try
        {
            return (load(), string.Empty);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return (null, e.Message);
        }
    }

    /// <summary>What a picture is called in lists: its file, or else its place.</summary>
    public static string NameOf(ImageSource? picture, string otherwise) => picture?.Path ?? otherwise;

    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
