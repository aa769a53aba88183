using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Segments;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Pipelines;
using MLNetVision.Segmentation;

namespace ScoreFolder;

/// <summary>The segments of each picture by a Mask2Former, drawn over it.</summary>
internal static class Segment
{
    public static async Task<IReadOnlyList<string>> WithoutMLNetAsync(string checkpoint, string[] files, string output, CancellationToken stop)
    {
        using Mask2FormerSegmenter segmenter = await Mask2FormerSegmenter.FromPretrainedAsync(checkpoint, new PipelineOptions { Log = Console.Error.WriteLine }, cancellation: stop);
        IReadOnlyList<SegmentationResult> scenes = await segmenter.SegmentAsync([.. files.Select(ImageSource.FromFile)], cancellation: stop);
        Directory.CreateDirectory(output);
        foreach ((string file, SegmentationResult scene) in files.Zip(scenes))
        {
            SegmentationOverlay.SavePng(Path.Combine(output, Path.GetFileNameWithoutExtension(file) + ".png"), file, scene);
        }

        return [.. scenes.Select(scene => Describe(scene.Segments.Select(segment => (segment.ClassName, segment.Score))))];
    }

    public static IReadOnlyList<string> WithMLNet(string checkpoint, string[] files, string output)
    {
        var ml = new MLContext();
        IDataView pictures = ml.Data.LoadFromEnumerable(files.Select(file => new Picture { Image = file }));
        using Mask2FormerTransformer segmenter = ml.Transforms.ApplyMask2Former(checkpoint, SegmentationTask.Panoptic).Fit(pictures);
        IDataView scored = segmenter.Transform(pictures);
        ml.Segmentation.SaveOverlays(scored, output);
        return [.. scored.GetColumn<string[]>(SegmentationColumns.PredictedClass).Zip(
            scored.GetColumn<float[]>(SegmentationColumns.Score),
            (names, scores) => Describe(names.Zip(scores)))];
    }

    private static string Describe(IEnumerable<(string Name, float Score)> segments) => string.Join(", ", segments.Select(segment => $"{segment.Name} {segment.Score:p0}"));
}
