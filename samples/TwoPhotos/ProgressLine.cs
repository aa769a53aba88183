using System.Globalization;
using MLNetVision.Models.Training.Segmentation;

namespace TwoPhotos;

/// <summary>A line every 50 steps.</summary>
internal static class ProgressLine
{
    private const int Interval = 50;

    public static void Show(SegmentationTrainingProgress step)
    {
        if (step.Step % Interval == 0 || step.Step == step.Steps)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"step {step.Step}/{step.Steps}  loss {step.Loss:f2} (class {step.Losses.Class:f3}, mask {step.Losses.Mask:f3}, dice {step.Losses.Dice:f3})  {step.Elapsed:mm\\:ss} of {step.Elapsed + step.Remaining:mm\\:ss}"));
        }
    }
}
