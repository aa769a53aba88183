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
                $"step {step.Step}/{step.Steps}  loss {step.Loss.Total:f2} (class {step.Loss.Class:f3}, mask {step.Loss.Mask:f3}, dice {step.Loss.Dice:f3})  {step.Elapsed:mm\\:ss} of {step.Elapsed + step.Remaining:mm\\:ss}"));
        }
    }
}
