using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Segments;
using MLNetVision.Labels;
using MLNetVision.Scoring;
using MLNetVision.Segmentation;

namespace MLNetVision.Mask2Former;

/// <summary>
/// The predicted columns of the universal row (<see cref="SegmentationColumns"/>). A picture that cannot be read has no
/// segments and the size 0 × 0.
/// </summary>
internal static class SegmentationResultColumns
{
    public static IReadOnlyList<ScoredColumn<SegmentationResult>> Create(ClassLabels labels, IReadOnlyCollection<string>? thingClasses) =>
    [
        new ScoredColumn<SegmentationResult, VBuffer<int>>(
            SegmentationColumns.ImageSize, new VectorDataViewType(NumberDataViewType.Int32, 2), _ => null,
            (SegmentationResult? result, ref VBuffer<int> value) => Fill([result?.Height ?? 0, result?.Width ?? 0], ref value)),
        KeyColumns.Vector<SegmentationResult>(
            SegmentationColumns.PredictedLabel, labels.Key, count: 0, _ => Annotate(labels, thingClasses), result => [.. result.Segments.Select(segment => segment.LabelId)]),
        new ScoredColumn<SegmentationResult, VBuffer<ReadOnlyMemory<char>>>(
            SegmentationColumns.PredictedClass, new VectorDataViewType(TextDataViewType.Instance), _ => null,
            (SegmentationResult? result, ref VBuffer<ReadOnlyMemory<char>> value) => Fill(Each(result, segment => labels.Names[segment.LabelId].AsMemory()), ref value)),
        new ScoredColumn<SegmentationResult, VBuffer<ReadOnlyMemory<char>>>(
            SegmentationColumns.PredictedMasks, new VectorDataViewType(TextDataViewType.Instance), _ => null,
            (SegmentationResult? result, ref VBuffer<ReadOnlyMemory<char>> value) => Fill(Each(result, segment => segment.Mask.ToCompressed().AsMemory()), ref value)),
        new ScoredColumn<SegmentationResult, VBuffer<float>>(
            SegmentationColumns.Score, new VectorDataViewType(NumberDataViewType.Single), _ => null,
            (SegmentationResult? result, ref VBuffer<float> value) => Fill(Each(result, segment => segment.Score), ref value)),
        new ScoredColumn<SegmentationResult, VBuffer<float>>(
            SegmentationColumns.PredictedBoundingBoxes, new VectorDataViewType(NumberDataViewType.Single), _ => null,
            (SegmentationResult? result, ref VBuffer<float> value) => Fill([.. Each(result, Corners).SelectMany(corners => corners)], ref value)),
    ];

    private static T[] Each<T>(SegmentationResult? result, Func<PredictedSegment, T> read) => result is null ? [] : [.. result.Segments.Select(read)];

    private static float[] Corners(PredictedSegment segment)
    {
        BoundingBox box = segment.Box;
        return [(float)box.X, (float)box.Y, (float)box.Right, (float)box.Bottom];
    }

    private static void Fill<T>(T[] source, ref VBuffer<T> value)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref value, source.Length);
        source.CopyTo(editor.Values);
        value = editor.Commit();
    }

    private static DataViewSchema.Annotations Annotate(ClassLabels labels, IReadOnlyCollection<string>? thingClasses)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        labels.AnnotateKeys(builder);
        if (thingClasses is not null)
        {
            bool[] isThing = [.. labels.Names.Select(thingClasses.Contains)];
            builder.Add(
                SegmentationColumns.IsThing, new VectorDataViewType(BooleanDataViewType.Instance, isThing.Length),
                (ref VBuffer<bool> value) => Fill(isThing, ref value));
        }

        return builder.ToAnnotations();
    }
}
