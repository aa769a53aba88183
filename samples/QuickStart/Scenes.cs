using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Segments;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Segmentation;
using Samples;

namespace QuickStart;

/// <summary>
/// Fine-tunes a small Mask2Former, which was trained on digits, on a COCO file of shapes: other things on other stuff, 40
/// pictures. Evaluates before and after, draws what it sees, writes a report, saves the model and starts the program again
/// to load the file and segment pictures.
/// </summary>
internal static class Scenes
{
    public static int Run(int seed)
    {
        string folder = RepositoryFolder.Find("datasets", "shape-scenes");
        string pretrained = RepositoryFolder.Find("samples", "pretrained", "digit-scenes");
        string output = Directory.CreateDirectory(Path.Combine(folder, "..", "..", "artifacts", "quickstart")).FullName;
        var ml = new MLContext(seed);

        // The data: COCO's panoptic form. Pictures are read when they are needed.
        IDataView train = Load(ml, folder, "train"), test = Load(ml, folder, "test");

        // Before: the pretrained network with a new head for these classes, not trained (0 steps).
        PanopticMetrics before = Evaluate(ml, Train(ml, train, pretrained, steps: 0, progress: null), test);

        var watch = Stopwatch.StartNew();
        Mask2FormerTransformer model = Train(ml, train, pretrained, steps: 240, new SegmentationProgress().Report);
        Console.WriteLine($"Fine-tuned in {watch.Elapsed.TotalSeconds:f0} s");

        PanopticMetrics after = Evaluate(ml, model, test);
        Console.WriteLine(after);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Panoptic quality on the test scenes: {before.PanopticQuality:f3} before, {after.PanopticQuality:f3} after fine-tuning"));

        // What it sees, as pictures and as a report.
        IDataView scored = model.Transform(test);
        IReadOnlyList<string> overlays = ml.Segmentation.SaveOverlays(scored, Path.Combine(output, "overlays"));
        ml.Segmentation.SaveReport(scored, SegmentationTask.Panoptic, Path.Combine(output, "scenes.html"), new SegmentationReportOptions { Training = model.Training });
        Console.WriteLine($"Drew {overlays.Count} overlays and scenes.html in {output}");

        string file = Path.Combine(output, "scenes.zip");
        ml.Model.Save(model, train.Schema, file);
        Console.WriteLine($"Saved {new FileInfo(file).Length / 1024} KiB to {file}");
        model.Model.SavePretrained(Path.Combine(output, "scenes-checkpoint"));

        // A fresh process knows nothing but the file.
        string[] some = [.. test.GetColumn<string>(SegmentationColumns.Image).Take(3)];
        using Process process = Process.Start(Environment.ProcessPath!, ["predict-scenes", file, .. some]);
        process.WaitForExit();
        return process.ExitCode;
    }

    private static IDataView Load(MLContext ml, string folder, string split) =>
        ml.Data.LoadFromCocoPanoptic(Path.Combine(folder, split, "panoptic.json"), Path.Combine(folder, split, "images"));

    private static Mask2FormerTransformer Train(MLContext ml, IDataView data, string checkpoint, long steps, Action<SegmentationTrainingProgress>? progress) =>
        ml.Segmentation.Trainers.Mask2Former(new Mask2FormerTrainer.Options
        {
            Checkpoint = checkpoint,
            ProgressCallback = progress,
            Training = new SegmentationTrainingOptions
            {
                Steps = steps,
                BatchSize = 8,
                LearningRate = 1e-3,
                BackboneLearningRateFactor = 0.5,
                Course = LearningRateCourse.Cosine,
                WarmUpSteps = 20,
                GradientClipping = 1,
                WeightAverageDecay = 0.98,
                Augmentation = new SegmentationAugmentation
                {
                    CropHeight = 128,
                    CropWidth = 128,
                    Reference = ScaleReference.ShorterSide,
                    MinimumScale = 0.8,
                    MaximumScale = 1.2,
                    ColorJitter = 0.2,
                },
            },
        }).Fit(data);

    private static PanopticMetrics Evaluate(MLContext ml, Mask2FormerTransformer model, IDataView data) => ml.Segmentation.EvaluatePanoptic(model.Transform(data));
}
