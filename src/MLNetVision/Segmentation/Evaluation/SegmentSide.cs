using Microsoft.ML;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Segments;
using MLNetVision.Labels;

namespace MLNetVision.Segmentation.Evaluation;

/// <summary>The columns of one side, truth or prediction, and how they become segments.</summary>
internal sealed record SegmentSide(
    SegmentLabels Label,
    SegmentVector<ReadOnlyMemory<char>>? Masks,
    SegmentVector<float>? Boxes,
    SegmentVector<float>? Score,
    SegmentVector<bool>? IsCrowd,
    SegmentVector<double>? Area)
{
    internal const int CornersPerBox = 4;

    internal const string MasksExpected = "a vector of text (COCO's compressed run lengths)";
    internal const string CrowdExpected = "a vector of Boolean";
    internal const string BoxesExpected = "a vector of Single (x0 y0 x1 y1 of each segment)";

    public IEnumerable<DataViewSchema.Column> Columns => new[] { Label.Column, Masks?.Column, Boxes?.Column, Score?.Column, IsCrowd?.Column, Area?.Column }.OfType<DataViewSchema.Column>();

    public static SegmentSide OfTruth(DataViewSchema schema, SegmentationEvaluationOptions options, EvaluationNeeds needs) =>
        OfTruthWithoutAreas(schema, options, needs) with { Area = SegmentVector<double>.Find(schema, options.AreaColumnName, "area", "a vector of Double") };

    /// <summary>The truth to learn from: only metrics need the areas that annotations state.</summary>
    public static SegmentSide OfTruthWithoutAreas(DataViewSchema schema, SegmentationEvaluationOptions options, EvaluationNeeds needs) => new(
        SegmentLabels.OfKeys(schema, options.LabelColumnName, "label"),
        needs.Masks ? SegmentVector<ReadOnlyMemory<char>>.Require(schema, options.MasksColumnName, "masks", MasksExpected) : null,
        needs.Boxes ? SegmentVector<float>.Require(schema, options.BoundingBoxesColumnName, "bounding boxes", BoxesExpected, CornersPerBox) : null,
        Score: null,
        SegmentVector<bool>.Find(schema, options.IsCrowdColumnName, "crowd", CrowdExpected),
        Area: null);

    /// <summary>The truth of validation data, whose labels are matched with the classes of the training data by name.</summary>
    public static SegmentSide OfValidation(IDataView data, SegmentationEvaluationOptions options, ClassLabels labels) => new(
        SegmentLabels.OfValidation(data, options.LabelColumnName, labels),
        SegmentVector<ReadOnlyMemory<char>>.Require(data.Schema, options.MasksColumnName, "masks", MasksExpected),
        Boxes: null,
        Score: null,
        SegmentVector<bool>.Find(data.Schema, options.IsCrowdColumnName, "crowd", CrowdExpected),
        Area: null);

    public static SegmentSide OfPrediction(DataViewSchema schema, SegmentationEvaluationOptions options, EvaluationNeeds needs, EvaluationClasses classes) => new(
        SegmentLabels.OfKeys(schema, options.PredictedLabelColumnName, "predicted label", classes.Predicted),
        needs.Masks ? SegmentVector<ReadOnlyMemory<char>>.Require(schema, options.PredictedMasksColumnName, "predicted masks", MasksExpected) : null,
        needs.Boxes ? SegmentVector<float>.Require(schema, options.PredictedBoundingBoxesColumnName, "predicted bounding boxes", BoxesExpected, CornersPerBox) : null,
        needs.Scores ? SegmentVector<float>.Require(schema, options.ScoreColumnName, "score", "a vector of Single") : null,
        IsCrowd: null,
        Area: null);

    /// <summary>What is drawn: the predictions, or the truth where nothing was predicted.</summary>
    public static SegmentSide OfPredictionOrTruth(DataViewSchema schema, SegmentationEvaluationOptions options) =>
        schema.GetColumnOrNull(options.PredictedLabelColumnName) is null && schema.GetColumnOrNull(options.LabelColumnName) is not null
            ? OfTruthWithoutAreas(schema, options, EvaluationNeeds.Segments)
            : OfPredictionAlone(schema, options);

    /// <summary>Predictions without a truth beside them: classes are the keys', scores may be absent.</summary>
    public static SegmentSide OfPredictionAlone(DataViewSchema schema, SegmentationEvaluationOptions options) => new(
        SegmentLabels.OfKeys(schema, options.PredictedLabelColumnName, "predicted label"),
        SegmentVector<ReadOnlyMemory<char>>.Require(schema, options.PredictedMasksColumnName, "predicted masks", MasksExpected),
        Boxes: null,
        SegmentVector<float>.Find(schema, options.ScoreColumnName, "score", "a vector of Single"),
        IsCrowd: null,
        Area: null);

    /// <summary>Reads the current row's segments; those without a class are left out.</summary>
    public Func<int, int, string, IReadOnlyList<Segment>> CreateReader(DataViewRow row)
    {
        Func<string, int[]> labels = Label.CreateReader(row);
        Func<int?, string, ReadOnlyMemory<char>[]>? masks = Masks?.CreateReader(row);
        Func<int?, string, float[]>? boxes = Boxes?.CreateReader(row);
        Func<int?, string, float[]>? scores = Score?.CreateReader(row);
        Func<int?, string, bool[]>? crowds = IsCrowd?.CreateReader(row);
        Func<int?, string, double[]>? areas = Area?.CreateReader(row);
        return (height, width, rowName) =>
        {
            int[] classes = labels(rowName);
            ReadOnlyMemory<char>[]? texts = masks?.Invoke(classes.Length, rowName);
            float[]? corners = boxes?.Invoke(classes.Length, rowName);
            float[]? confidences = scores?.Invoke(classes.Length, rowName);
            bool[]? isCrowd = crowds?.Invoke(classes.Length, rowName);
            double[]? stated = areas?.Invoke(classes.Length, rowName);
            var segments = new List<Segment>(classes.Length);
            for (int i = 0; i < classes.Length; i++)
            {
                if (classes[i] < 0)
                {
                    continue;
                }

                segments.Add(new Segment
                {
                    Class = classes[i],
                    Mask = texts is null ? null : ReadMask(texts[i], Masks!.Column.Name, i, height, width, rowName),
                    Box = corners is null ? null : BoundingBox.FromCorners(corners[4 * i], corners[4 * i + 1], corners[4 * i + 2], corners[4 * i + 3]),
                    Score = confidences?[i] ?? 1,
                    IsCrowd = isCrowd?[i] ?? false,
                    Area = stated?[i],
                });
            }

            return segments;
        };
    }

    /// <exception cref="InvalidDataException">The text is no mask of that size; the message names row, column and mask.</exception>
    public static RunLengthMask ReadMask(ReadOnlyMemory<char> text, string columnName, int index, int height, int width, string rowName)
    {
        try
        {
            // Of a row whose picture could not be read, where nothing tells the size any more, the pixels still count.
            return height == 0 && width == 0 ? RunLengthMask.FromCompressedColumn(text.Span) : RunLengthMask.FromCompressed(text.Span, height, width);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"{rowName}: column '{columnName}', mask {index} of an image of height {height} and width {width}: {e.Message}", e);
        }
    }
}
