using System.Security.Cryptography;
using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Tests.Models.Training.Classification;
using TorchSharp;

namespace MLNetVision.TestHost;

/// <summary>Trainings that a test interrupts from outside.</summary>
internal static class LevitTrainingVerbs
{
    /// <summary>
    /// FOLDER: trains a tiny LeViT with its state in the folder, resuming what is there; prints a line a step and at the end
    /// the hash of the weights.
    /// </summary>
    public static void Train(string[] arguments)
    {
        torch.set_num_threads(1);
        var config = new LevitConfig
        {
            ImageSize = 32, HiddenSizes = [16, 24, 32], KeyDim = [8, 8, 8], NumAttentionHeads = [2, 3, 4], Depths = [1, 1, 1], DropPathRate = 0.1,
            Labels = ["left", "middle", "right"],
        };
        using var generator = new torch.Generator(1);
        using var model = new LevitForImageClassification(config, LevitInitialization.Original, generator);
        var processor = new LevitImageProcessor(new LevitImageProcessorConfig { Size = ImageSize.Fixed(32, 32), DoCenterCrop = false });
        var options = new LevitTrainingOptions
        {
            Epochs = 4, BatchSize = 6, Mixup = 0.4, WeightAverageDecay = 0.9, DataThreads = 2, Augmentation = ImageAugmentation.OriginalRecipe,
            CheckpointFolder = arguments[0], CheckpointSteps = 1,
        };
        LevitTraining.Run(model, processor, new SyntheticImages(60), new SyntheticImages(6, seed: 1), options, new Lines());
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (torch.Tensor tensor in model.state_dict().Values)
        {
            hash.AppendData(tensor.contiguous().bytes);
        }

        Console.WriteLine(Convert.ToHexString(hash.GetHashAndReset()));
    }

    private sealed class Lines : IProgress<LevitTrainingProgress>
    {
        public void Report(LevitTrainingProgress value) => Console.WriteLine($"{value.Epoch} {value.EpochStep}");
    }
}
