using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Scenes;
using TorchSharp;

namespace MLNetVision.Benchmarks;

/// <summary>
/// Whether a long training grows: the resident size and the number of native tensors along the way, and the time of a step.
/// A Mask2Former of the size that pretrains on scenes of digits. Arguments: steps (2,000), batch (16), side (96), threads (1).
/// </summary>
internal static class TrainingMemory
{
    private const int Reports = 10;

    public static void Run(string[] args)
    {
        int steps = BenchmarkOptions.Positional(args, 0, 2000), batch = BenchmarkOptions.Positional(args, 1, 16), side = BenchmarkOptions.Positional(args, 2, 96), threads = BenchmarkOptions.Positional(args, 3, 1);
        TorchLibrary.EnsureLoaded();
        torch.set_num_threads(threads);
        using var model = new Mask2FormerForUniversalSegmentation(Config, generator: new torch.Generator(1));
        var options = new SegmentationTrainingOptions
        {
            Steps = steps,
            BatchSize = batch,
            LearningRate = 1e-3,
            GradientClipping = 1,
            WeightAverageDecay = 0.998,
            DataThreads = 1,
            Augmentation = new SegmentationAugmentation { CropHeight = side, CropWidth = side, MinimumScale = 0.7, MaximumScale = 1.1 },
        };
        var report = new GrowthReport(Math.Max(1, steps / Reports));
        Mask2FormerTraining.Run(model, new Mask2FormerImageProcessorConfig(), new PaintedRectangles(64, side), options, progress: report);
    }

    private static Mask2FormerConfig Config { get; } = new()
    {
        BackboneConfig = new SwinConfig
        {
            EmbedDim = 24, Depths = [2, 2, 6, 1], NumHeads = [1, 2, 4, 8], WindowSize = 4, DropPathRate = 0.05,
            OutFeatures = ["stage1", "stage2", "stage3", "stage4"],
        },
        FeatureSize = 64,
        MaskFeatureSize = 64,
        HiddenDim = 64,
        EncoderFeedforwardDim = 256,
        DimFeedforward = 256,
        EncoderLayers = 3,
        DecoderLayers = 6,
        NumQueries = 30,
        TrainNumPoints = 1024,
        Labels = [.. Enumerable.Range(0, PaintedRectangles.Classes).Select(i => $"class {i}")],
    };

    // Called on the training's thread, so that the figures are those between two steps.
    private sealed class GrowthReport(int every) : IProgress<SegmentationTrainingProgress>
    {
        private TimeSpan _since = Environment.CpuUsage.TotalTime;

        public void Report(SegmentationTrainingProgress value)
        {
            if (value.Step != 1 && value.Step % every != 0)
            {
                return;
            }

            TimeSpan now = Environment.CpuUsage.TotalTime;
            double milliseconds = (now - _since).TotalMilliseconds / (value.Step == 1 ? 1 : every);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Console.WriteLine(
                $"step {value.Step}: loss {value.Loss:f3}, {ProcessMemory.Present() >> 20} MB resident, {torch.Tensor.TotalCount} native tensors, " +
                $"{GC.GetTotalMemory(false) >> 20} MB managed, {milliseconds:f0} ms of processor time a step");
            _since = Environment.CpuUsage.TotalTime;
        }
    }

    /// <summary>Grey pictures with one to five overlapping rectangles.</summary>
    private sealed class PaintedRectangles(int count, int side) : ISegmentationData
    {
        public const int Classes = 12;

        public int Count => count;

        public IReadOnlyCollection<int> ClassesOf(int index) => [.. Enumerable.Range(0, 1 + index % 5).Select(i => (index + i) % Classes)];

        public string NameOf(int index) => $"picture {index}";

        public SegmentationSample Load(int index)
        {
            var image = new RgbImage(side, side);
            image.Pixels.Fill(128);
            int[] classes = [.. ClassesOf(index)];
            var masks = new RunLengthMask[classes.Length];
            for (int i = 0; i < masks.Length; i++)
            {
                int size = side / 8 + (index * 5 + i * 7) % (side / 3), x = (index * 11 + i * 17) % (side - size), y = (index * 13 + i * 23) % (side - size);
                var mask = new byte[side * side];
                for (int row = y; row < y + size; row++)
                {
                    image.Row(row).Slice(3 * x, 3 * size).Fill((byte)(classes[i] * 20));
                    mask.AsSpan(row * side + x, size).Fill(1);
                }

                masks[i] = RunLengthMask.FromRowMajor(mask, side, side);
            }

            return new SegmentationSample(image, masks, classes);
        }
    }
}
