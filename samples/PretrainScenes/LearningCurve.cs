using TorchSharp;

namespace PretrainScenes;

/// <summary>A linear warm-up, then half a cosine down to 0.</summary>
internal static class LearningCurve
{
    public static void Set(torch.optim.Optimizer optimizer, double highest, int step, int steps, int warmUp)
    {
        double rate = highest * Math.Min(1, (double)step / warmUp) * (0.5 + 0.5 * Math.Cos(Math.PI * step / steps));
        foreach (var group in optimizer.ParamGroups)
        {
            group.LearningRate = rate;
        }
    }
}
