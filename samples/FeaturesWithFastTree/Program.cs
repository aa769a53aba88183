// A network as a source of features for ML.NET's own trainers: LeViT's embedding of each picture, then gradient-boosted
// trees. Nothing of the network is trained here, so a few seconds are enough. The checkpoint is the one that
// samples/QuickStart saves; give the folder of another one as the argument.
//   dotnet run -c Release --project samples/FeaturesWithFastTree [-- CHECKPOINT]
using Microsoft.ML;
using Microsoft.ML.Data;
using Samples;

var line = new CommandLine(args, "FeaturesWithFastTree [CHECKPOINT]   trains trees on features of a LeViT checkpoint's folder, by default that of samples/QuickStart", most: 1);
string digits = RepositoryFolder.Find("datasets", "digits");
string checkpoint = line.Text(0) ?? Path.Combine(digits, "..", "..", "artifacts", "quickstart", "checkpoint");
if (!Directory.Exists(checkpoint))
{
    Console.Error.WriteLine($"There is no checkpoint '{checkpoint}': run samples/QuickStart first, or give the folder of a LeViT checkpoint.");
    return 2;
}

var ml = new MLContext(seed: 1);
DataOperationsCatalog.TrainTestData data = ml.Data.LoadTrainTestFromImageFolder(digits);

// Features once, trees many times: the cache keeps the embeddings, not the pictures.
var pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
    .Append(ml.Transforms.LevitFeatures(checkpoint, outputColumnName: "Features"))
    .AppendCacheCheckpoint(ml)
    .Append(ml.MulticlassClassification.Trainers.OneVersusAll(ml.BinaryClassification.Trainers.FastTree(numberOfLeaves: 8, numberOfTrees: 60)));
var model = pipeline.Fit(data.TrainSet);
MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(model.Transform(data.TestSet));
Console.WriteLine(metrics.ConfusionMatrix.GetFormattedConfusionTable());
Console.WriteLine($"Test accuracy {metrics.MicroAccuracy:p2}");

// The network, the keys and the trees are one model file.
string file = Path.Combine(Path.GetTempPath(), "levit-features-fasttree.zip");
ml.Model.Save(model, data.TrainSet.Schema, file);
ITransformer reloaded = new MLContext().Model.Load(file, out _);
MulticlassClassificationMetrics again = ml.MulticlassClassification.Evaluate(reloaded.Transform(data.TestSet));
Console.WriteLine($"Saved to {file} and read again: test accuracy {again.MicroAccuracy:p2}");
return metrics.MicroAccuracy == again.MicroAccuracy ? 0 : 1;
