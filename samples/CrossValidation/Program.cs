// How good is a recipe, and how much does the answer depend on the split? Three-fold cross-validation with ML.NET's own
// CrossValidate, then a comparison of two settings of the augmentation:
//   dotnet run -c Release --project samples/CrossValidation [-- EPOCHS]
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Classification;
using Samples;

int epochs = new CommandLine(args, "CrossValidation [EPOCHS]   compares two augmentations by three-fold cross-validation; 12 epochs by default", most: 1).Number(0, "EPOCHS", 12, least: 1);
var ml = new MLContext(seed: 1);
IDataView digits = ml.Data.LoadFromImageFolder(RepositoryFolder.Find("datasets", "digits", "train"));
IDataView data = ml.Transforms.Conversion.MapValueToKey("Label").Fit(digits).Transform(digits);

(string Name, ImageAugmentation Augmentation)[] settings =
[
    ("as they are", ImageAugmentation.None),
    ("moved and turned", ImageAugmentation.None with { Shift = 0.1, Zoom = 0.15, Rotation = 12, Fill = new RgbColor(0, 0, 0) }),
];
foreach ((string name, ImageAugmentation augmentation) in settings)
{
    LevitTrainer trainer = ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options
    {
        Config = new LevitConfig { ImageSize = 32, HiddenSizes = [32, 64, 96], NumAttentionHeads = [2, 4, 6], Depths = [2, 2, 2] },
        Preprocessing = new LevitImageProcessorConfig { Size = ImageSize.Fixed(32, 32), DoCenterCrop = false },
        Training = new LevitTrainingOptions { Epochs = epochs, BatchSize = 64, LearningRate = 2e-3, LearningRateBatchSize = null, ComputeThreads = 1, Augmentation = augmentation },
    });
    var folds = ml.MulticlassClassification.CrossValidate(data, trainer, numberOfFolds: 3);
    double[] accuracies = [.. folds.Select(fold => fold.Metrics.MicroAccuracy)];
    double mean = accuracies.Average();
    double deviation = Math.Sqrt(accuracies.Sum(accuracy => Math.Pow(accuracy - mean, 2)) / (accuracies.Length - 1));
    Console.WriteLine($"{name,-18} {mean:p2} ± {deviation:p2}   ({string.Join(", ", accuracies.Select(accuracy => $"{accuracy:p2}"))})");
    foreach (TrainCatalogBase.CrossValidationResult<MulticlassClassificationMetrics> fold in folds)
    {
        (fold.Model as IDisposable)?.Dispose();
    }
}
