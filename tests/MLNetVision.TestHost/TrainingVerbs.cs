using System.Security.Cryptography;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Tests.Models.Training.Segmentation;
using TorchSharp;

namespace MLNetVision.TestHost;

/// <summary>Trainings that a test kills.</summary>
internal static class TrainingVerbs
{
    /// <summary>Arguments: the checkpoint folder. Prints each step, at the end a hash of the weights.</summary>
    public static void TrainScenes(string[] args)
    {
        TorchLibrary.EnsureLoaded();
        torch.set_num_threads(1);
        using Mask2FormerForUniversalSegmentation model = TinySegmentation.Model();
        SegmentationTrainingOptions options = TinySegmentation.Options with { Steps = 12, CheckpointFolder = args[0], CheckpointSteps = 2, WeightAverageDecay = 0.9 };
        Mask2FormerTraining.Run(model, TinySegmentation.Processor, new SyntheticScenes(5), options, progress: new Printer());
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (torch.Tensor weight in model.parameters())
        {
            hash.AppendData(weight.contiguous().bytes);
        }

        Console.WriteLine($"weights {Convert.ToHexString(hash.GetHashAndReset())}");
    }

    private sealed class Printer : IProgress<SegmentationTrainingProgress>
    {
        public void Report(SegmentationTrainingProgress value) => Console.WriteLine($"step {value.Step}");
    }
}
