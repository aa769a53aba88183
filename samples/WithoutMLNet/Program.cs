// Handwritten digits with MLNetVision.Models alone, for programs that use TorchSharp and not ML.NET:
//   dotnet run -c Release --project samples/WithoutMLNet [-- SEED]
// It trains a small LeViT from scratch, saves it in Hugging Face's form, reads it again, tests it on digits by other
// writers and classifies a picture file. What it writes goes to artifacts/without-mlnet.
using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Classification;
using Samples;
using TorchSharp;
using WithoutMLNet;

int seed = new CommandLine(args, "WithoutMLNet [SEED]   trains, saves, reads and tests a LeViT on digits, with the seed 1 by default", most: 1).Number(0, "SEED", 1);
string digits = RepositoryFolder.Find("datasets", "digits");
string output = Path.GetFullPath(Path.Combine(digits, "..", "..", "artifacts", "without-mlnet"));

// The data: a folder of 8×8 grey PNGs for each digit. The test digits are mostly by other writers.
LabelledFolders training = LabelledFolders.Open(Path.Combine(digits, "train"));
LabelledFolders test = LabelledFolders.Open(Path.Combine(digits, "test"), training.Labels);

// The network: LeViT in small, for pictures of 32×32. The processor makes such pictures of any others.
var config = new LevitConfig
{
    ImageSize = 32,
    HiddenSizes = [32, 64, 96],
    NumAttentionHeads = [2, 4, 6],
    Depths = [2, 2, 2],
    Labels = training.Labels,
};
using var generator = new torch.Generator((ulong)seed);
using var model = new LevitForImageClassification(config, LevitInitialization.Original, generator);
var processor = new LevitImageProcessor(new LevitImageProcessorConfig { Size = ImageSize.Fixed(32, 32), DoCenterCrop = false });

// The training: the picture a little moved, turned and stretched anew in each epoch, but never mirrored.
var options = new LevitTrainingOptions
{
    Epochs = 60,
    BatchSize = 64,
    LearningRate = 2e-3,
    LearningRateBatchSize = null,
    WeightDecay = 0.05,
    WeightAverageDecay = 0.99,
    Seed = seed,
    ComputeThreads = 1, // the network is small; the other processor prepares pictures
    Augmentation = ImageAugmentation.None with { Shift = 0.1, Zoom = 0.15, Rotation = 12, Shear = 0.1, Fill = new RgbColor(0, 0, 0) },
};
Console.WriteLine($"Training on {training.Count} digits, {model.parameters().Sum(parameter => parameter.numel()):n0} parameters, seed {seed}");
LevitTraining.Run(model, processor, training, validation: null, options, new ClassificationProgress());

// The saved model: config.json, model.safetensors and preprocessor_config.json, as transformers writes and reads them.
model.SavePretrained(output, new SaveOptions { PreprocessorJson = processor.Config.ToJson() });
using LevitClassifier classifier = LevitClassifier.FromPretrained(output);
Console.WriteLine($"Saved to {output} and read again");

var table = new ConfusionTable(training.Labels);
IReadOnlyList<Classification> answers = classifier.Classify([.. Enumerable.Range(0, test.Count).Select(i => (ImageSource)test.Load(i))]);
for (int i = 0; i < test.Count; i++)
{
    table.Add(test.ClassOf(i), answers[i].Best.ClassId);
}

table.Print();

string file = test.NameOf(test.Count / 2);
Console.WriteLine($"{Path.GetRelativePath(digits, file)}:");
foreach (ClassProbability guess in classifier.Classify(file).Top(3))
{
    Console.WriteLine($"  {guess.Probability,6:p1}  {guess.Name}");
}
