using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Images;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Segmentation.Evaluation;

namespace MLNetVision.Segmentation.Reports;

/// <summary>Shows sets of true segments to a summary of data.</summary>
internal static class SegmentationSummary
{
    public static LabelCounts Save(IReadOnlyList<(string Name, IDataView Data)> sets, string folder, string labelColumnName, string imageColumnName, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(sets);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (sets.Count == 0)
        {
            throw new ArgumentException("At least one set of data was expected.", nameof(sets));
        }

        var summary = new DataSummary();
        foreach ((string name, IDataView data) in sets)
        {
            summary.BeginSet(name);
            Read(data, new SegmentationEvaluationOptions { LabelColumnName = labelColumnName }, imageColumnName, summary, environment);
        }

        LabelCounts counts = summary.Counter.ToCounts(sorted: false);
        summary.Save(folder, counts);
        return counts;
    }

    private static void Read(IDataView data, SegmentationEvaluationOptions options, string imageColumnName, DataSummary summary, IHostEnvironment environment)
    {
        SegmentSide side = SegmentSide.OfTruthWithoutAreas(data.Schema, options, EvaluationNeeds.Segments);
        SegmentVector<int> size = SegmentVector<int>.Require(data.Schema, options.ImageSizeColumnName, "image size", EvaluationView.SizeExpected);
        ImageColumn images = ImageColumn.Find(data.Schema, imageColumnName);
        IReadOnlyList<string>? keys = KeyNames.Of(side.Label.Column)?.ToText();
        int[] places = [.. (keys ?? []).Select(summary.Counter.PlaceOf)];
        using DataViewRowCursor cursor = data.GetRowCursor([images.Column, size.Column, .. side.Columns]);
        Func<ImageSource?> readPicture = images.CreateReader(cursor);
        Func<int?, string, int[]> readSize = size.CreateReader(cursor);
        Func<string, int[]> readLabels = side.Label.CreateReader(cursor);
        Func<int, int, string, IReadOnlyList<Segment>> readSegments = side.CreateReader(cursor);
        while (cursor.MoveNext())
        {
            HostAccess.CheckAlive(environment);
            string rowName = $"Row {cursor.Position}";
            summary.Counter.AddRow();
            foreach (int key in readLabels(rowName).Where(key => key >= 0))
            {
                summary.Counter.Add(PlaceOf(key));
            }

            // Masks are read of the few rows that are drawn.
            summary.Offer(() =>
            {
                (int height, int width) = EvaluationView.ReadSize(readSize(null, rowName), size.Column.Name, rowName);
                ImageSource? picture = readPicture();
                return new DataSummary.Sample(
                    picture, picture?.Path is { } path ? Path.GetFileName(path) : rowName, [.. readSegments(height, width, rowName).Select(segment => segment with { Class = PlaceOf(segment.Class) })]);
            });
        }

        int PlaceOf(int key) => keys is null ? summary.Counter.PlaceOf($"class {key + 1}") : places[key];
    }
}
