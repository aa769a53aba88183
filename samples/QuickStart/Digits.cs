using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Multiclass;
using Samples;

namespace QuickStart;

/// <summary>
/// Trains a small LeViT from scratch, evaluates it on digits by other writers, saves it with mlContext.Model.Save, and
/// starts the program again to load the file and predict.
/// </summary>
internal static class Digits
{
    public static int Run(int seed)
    {
        string digits = RepositoryFolder.Find("datasets", "digits");
        string output = Directory.CreateDirectory(Path.Combine(digits, "..", "..", "artifacts", "quickstart")).FullName;
        var ml = new MLContext(seed);
        ml.Log += (_, e) =>
        {
            if (e.Source.Contains(nameof(LevitTrainer), StringComparison.Ordinal) && e.Kind >= Microsoft.ML.Runtime.ChannelMessageKind.Info)
            {
                Console.WriteLine(e.RawMessage);
            }
        };

        // The data: FOLDER/train/LABEL/PICTURE and FOLDER/test/LABEL/PICTURE. Pictures are read when they are needed.
        DataOperationsCatalog.TrainTestData data = ml.Data.LoadTrainTestFromImageFolder(digits);

        // The pipeline: labels to keys, the trainer, and the predicted key back to its label.
        var options = new LevitTrainer.Options
        {
            // LeViT in small, for pictures of 32×32. The preprocessing makes such pictures of any others.
            Config = new LevitConfig { ImageSize = 32, HiddenSizes = [32, 64, 96], NumAttentionHeads = [2, 4, 6], Depths = [2, 2, 2] },
            Preprocessing = new LevitImageProcessorConfig { Size = ImageSize.Fixed(32, 32), DoCenterCrop = false },
            Training = new LevitTrainingOptions
            {
                Epochs = 60,
                BatchSize = 64,
                LearningRate = 2e-3,
                LearningRateBatchSize = null,
                WeightDecay = 0.05,
                WeightAverageDecay = 0.99,

                // The network is small: more threads would only wait for each other.
                ComputeThreads = 1,

                // A little moved, turned and stretched, anew in each epoch; never mirrored, for these are digits.
                Augmentation = ImageAugmentation.None with { Shift = 0.1, Zoom = 0.15, Rotation = 12, Shear = 0.1, Fill = new RgbColor(0, 0, 0) },
            },
        };
        var pipeline = ml.Transforms.Conversion
            .MapValueToKey("Label", keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(ml.MulticlassClassification.Trainers.Levit(options))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedDigit", "PredictedLabel"));

        var watch = Stopwatch.StartNew();
        var model = pipeline.Fit(data.TrainSet);
        Console.WriteLine($"Trained in {watch.Elapsed.TotalSeconds:f0} s");

        MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(model.Transform(data.TestSet));
        Console.WriteLine(metrics.ConfusionMatrix.GetFormattedConfusionTable());
        Console.WriteLine($"Test accuracy {metrics.MicroAccuracy:p2}, log-loss {metrics.LogLoss:f3}");

        string file = Path.Combine(output, "digits.zip");
        ml.Model.Save(model, data.TrainSet.Schema, file);
        Console.WriteLine($"Saved {new FileInfo(file).Length / 1024} KiB to {file}");

        // Also in Hugging Face's form, which transformers in Python and ml.Transforms.ApplyLevit read.
        LevitTransformer levit = model.OfType<LevitTransformer>().Single();
        levit.Model.SavePretrained(Path.Combine(output, "checkpoint"));

        // A page with the figures, the course of the training and the worst pictures.
        string report = Path.Combine(output, "digits.html");
        ml.MulticlassClassification.SaveReport(model.Transform(data.TestSet), report, new ClassificationReportOptions { Training = levit.Training });
        Console.WriteLine($"Reported in {report}");

        // A fresh process knows nothing but the file.
        string[] some = [.. data.TestSet.GetColumn<string>("Image").Where((_, i) => i % 90 == 45)];
        using Process process = Process.Start(Environment.ProcessPath!, ["predict-digits", file, .. some]);
        process.WaitForExit();
        return process.ExitCode;
    }
}
