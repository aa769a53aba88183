using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Labels;
using MLNetVision.Models.Pipelines;
using MLNetVision.Scoring;

namespace MLNetVision.Levit;

/// <summary>How the output columns are declared and filled. A picture that cannot be read has NaN scores and the missing key.</summary>
internal static class LevitColumns
{
    public static IReadOnlyList<ScoredColumn<LevitResult>> Create(LevitOutputColumns names, ClassLabels labels, int featureCount)
    {
        int classes = labels.Count;
        int top = Math.Min(names.TopCount, classes);
        var columns = new List<ScoredColumn<LevitResult>>();
        if (names.Score is { } score)
        {
            columns.Add(new ScoredColumn<LevitResult, VBuffer<float>>(
                score, new VectorDataViewType(NumberDataViewType.Single, classes), set => AnnotateScore(set, labels),
                (LevitResult? result, ref VBuffer<float> value) => Fill(result?.Probabilities, classes, ref value)));
        }

        if (names.PredictedLabel is { } predicted)
        {
            columns.Add(KeyColumns.Scalar<LevitResult>(
                predicted, labels.Key, set => AnnotatePredicted(set, labels), result => IndexOfLargest(result.Probabilities)));
        }

        if (names.TopLabels is { } topLabels)
        {
            columns.Add(KeyColumns.Vector<LevitResult>(
                topLabels, labels.Key, top, _ => AnnotateKeys(labels), result => Largest(result.Probabilities, top)));
        }

        if (names.TopScores is { } topScores)
        {
            columns.Add(new ScoredColumn<LevitResult, VBuffer<float>>(
                topScores, new VectorDataViewType(NumberDataViewType.Single, top), _ => null,
                (LevitResult? result, ref VBuffer<float> value) =>
                    Fill(result is null ? null : [.. Largest(result.Probabilities, top).Select(index => result.Probabilities[index])], top, ref value)));
        }

        if (names.Features is { } features)
        {
            columns.Add(new ScoredColumn<LevitResult, VBuffer<float>>(
                features, new VectorDataViewType(NumberDataViewType.Single, featureCount), _ => null,
                (LevitResult? result, ref VBuffer<float> value) => Fill(result?.Features, featureCount, ref value)));
        }

        return columns;
    }

    private static void Fill(float[]? source, int count, ref VBuffer<float> value)
    {
        VBufferEditor<float> editor = VBufferEditor.Create(ref value, count);
        if (source is null)
        {
            editor.Values.Fill(float.NaN);
        }
        else
        {
            source.CopyTo(editor.Values);
        }

        value = editor.Commit();
    }

    // A model whose weights are not finite predicts nothing: the missing key, as for its NaN scores.
    private static int IndexOfLargest(float[] probabilities)
    {
        int index = TensorPrimitives.IndexOfMax<float>(probabilities);
        return float.IsNaN(probabilities[index]) ? -1 : index;
    }

    private static int[] Largest(float[] probabilities, int count) => Classification.Order(probabilities)[..count];

    private static DataViewSchema.Annotations AnnotateScore(ScoreColumnSet set, ClassLabels labels)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        labels.AnnotateSlots(builder);
        set.Annotate(builder, "Score");
        return builder.ToAnnotations();
    }

    private static DataViewSchema.Annotations AnnotatePredicted(ScoreColumnSet set, ClassLabels labels)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        labels.AnnotateKeys(builder);
        set.Annotate(builder, "PredictedLabel");
        return builder.ToAnnotations();
    }

    private static DataViewSchema.Annotations AnnotateKeys(ClassLabels labels)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        labels.AnnotateKeys(builder);
        return builder.ToAnnotations();
    }
}
