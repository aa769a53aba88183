using System.Text.Json.Serialization;
using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Metrics;

/// <summary>Panoptic quality over all classes, over things and over stuff, and of each class.</summary>
public sealed class PanopticMetrics
{
    internal PanopticMetrics(long images, long missed, IReadOnlyList<PanopticClassMetrics> classes)
    {
        ImageCount = images;
        MissedCount = missed;
        PerClass = classes;
        All = PanopticAverages.Mean(classes);
        Things = PanopticAverages.Mean(classes.Where(c => c.IsThing == true));
        Stuff = PanopticAverages.Mean(classes.Where(c => c.IsThing == false));
    }

    /// <summary>The number of images evaluated.</summary>
    public long ImageCount { get; }

    /// <summary>The images among them whose picture could not be read or was of another size than its truth, so that all of their truth counts as missed.</summary>
    public long MissedCount { get; }

    /// <summary>The mean over the classes that occur in the truth or the prediction.</summary>
    public PanopticAverages All { get; }

    /// <summary>The mean over the thing classes that occur; undefined if it is not known which classes are things.</summary>
    public PanopticAverages Things { get; }

    /// <summary>The mean over the stuff classes that occur; undefined if it is not known which classes are stuff.</summary>
    public PanopticAverages Stuff { get; }

    /// <summary>PQ over all classes, the headline figure. Higher is better, 1 is perfect.</summary>
    [JsonIgnore]
    public double PanopticQuality => All.PanopticQuality;

    /// <summary>The figures of each class, in the order of the classes.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<PanopticClassMetrics> PerClass { get; }

    /// <summary>All figures as JSON; undefined ones are null.</summary>
    public string ToJson() => MetricsText.ToJson(this);

    /// <summary>The figures over all classes, things and stuff, then a table of the classes.</summary>
    public override string ToString() => MetricsText.Lines(
    [
        $"Panoptic segmentation, {ImageCount} images{MetricsText.Missed(MissedCount)}",
        MetricsText.Table(["", "PQ", "SQ", "RQ", "classes"], [Row("all", All), Row("things", Things), Row("stuff", Stuff)]),
        MetricsText.Table(
            ["class", "PQ", "SQ", "RQ", "found", "false", "missed"],
            [.. PerClass.Select(c => (string[])[c.Name, .. MetricsText.Figures(c.PanopticQuality, c.SegmentationQuality, c.RecognitionQuality), $"{c.TruePositives}", $"{c.FalsePositives}", $"{c.FalseNegatives}"])]),
    ]);

    private static string[] Row(string name, PanopticAverages quality) =>
        [name, .. MetricsText.Figures(quality.PanopticQuality, quality.SegmentationQuality, quality.RecognitionQuality), $"{quality.ClassCount}"];
}
