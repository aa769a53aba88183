using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Images;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Segmentation.Evaluation;

namespace MLNetVision.Segmentation.Reports;

/// <summary>Draws the segments of each row over its picture, the true ones where none are predicted, one PNG a row; one row is in memory at a time.</summary>
internal static class OverlayWriter
{
    public static IReadOnlyList<string> Write(IDataView data, string folder, SegmentationOverlayOptions options, string imageColumnName, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(data);
        ImageColumn image = ImageColumn.Find(data.Schema, imageColumnName);
        SegmentSide side = SegmentSide.OfPredictionOrTruth(data.Schema, new SegmentationEvaluationOptions());
        SegmentVector<int> size = SegmentVector<int>.Require(data.Schema, SegmentationColumns.ImageSize, "image size", EvaluationView.SizeExpected);
        options = options with { LabelNames = options.LabelNames ?? KeyNames.Of(side.Label.Column)?.ToText() };
        Directory.CreateDirectory(folder);

        var files = new List<string>();
        var leftOut = new NamedRows();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var overlays = new OverlayFolder(folder);
        using DataViewRowCursor cursor = data.GetRowCursor([image.Column, size.Column, .. side.Columns]);
        Func<ImageSource?> readPicture = image.CreateReader(cursor);
        Func<int?, string, int[]> readSize = size.CreateReader(cursor);
        Func<int, int, string, IReadOnlyList<Segment>> readSegments = side.CreateReader(cursor);
        while (cursor.MoveNext())
        {
            HostAccess.CheckAlive(environment);
            string rowName = $"Row {cursor.Position}";
            (int height, int width) = EvaluationView.ReadSize(readSize(null, rowName), size.Column.Name, rowName);
            ImageSource? picture = readPicture();
            if (Decode(picture, height, width, rowName, leftOut) is not { } decoded)
            {
                continue;
            }

            var result = new SegmentationResult(
                height, width, [.. readSegments(height, width, rowName).Select((segment, i) => new PredictedSegment(i + 1, segment.Class, (float)segment.Score, segment.Mask!))]);
            files.Add(overlays.Save(NameOf(picture!, cursor.Position, names), decoded, result, options));
        }

        leftOut.Report(environment, "have no overlay");
        return files;
    }

    private static RgbImage? Decode(ImageSource? picture, int height, int width, string rowName, NamedRows leftOut)
    {
        try
        {
            return PictureOfSegments.Load(picture ?? throw new InvalidDataException("there is no picture"), height, width);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            leftOut.Add($"{rowName}: {e.Message}");
            return null;
        }
    }

    /// <summary>The picture's own name where it is a file and the first of that name.</summary>
    private static string NameOf(ImageSource picture, long row, HashSet<string> names)
    {
        string? own = Path.GetFileNameWithoutExtension(picture.Path);
        return string.IsNullOrEmpty(own) || !names.Add(own) ? $"{own}row-{row}" : own;
    }
}
