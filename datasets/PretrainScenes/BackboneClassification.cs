using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Swin;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace PretrainScenes;

/// <summary>
/// Teaches the backbone to name what is in the middle of a small crop and which stuff is around it. Crops are cheap, so that
/// it sees many more digits than whole scenes would show it in the same time.
/// </summary>
internal sealed class BackboneClassification(PaintedScenes scenes, Mask2FormerImageProcessorConfig preprocessing, int seed)
{
    private const int Batch = 64;
    private const int Side = 48;
    private const double LearningRate = 2e-3;
    private const int WarmUp = 100;

    public void Train(SwinBackbone backbone, int steps, TrainingLog log)
    {
        int things = scenes.ThingCount, stuff = scenes.ClassNames.Count - things;
        using Linear head = nn.Linear(backbone.Channels.Sum(), things + stuff);
        using var optimisation = new Optimisation(backbone, head) { LearningRate = LearningRate, WarmUp = WarmUp, Steps = steps };
        backbone.train();
        var random = new Random(seed);
        Task<CropBatch> next = Paint();
        double rightDigits = 0;
        for (int step = 1; step <= steps; step++)
        {
            using CropBatch batch = next.GetAwaiter().GetResult();
            next = Paint();
            using var scope = NewDisposeScope();
            IReadOnlyList<Tensor> maps = backbone.call(Pixels.Normalise(batch.Pixels, preprocessing));
            Tensor logits = head.call(cat([.. maps.Select(map => map.mean([2, 3]))], 1));
            Tensor digits = logits.narrow(1, 0, things);
            Tensor loss = F.cross_entropy(digits, batch.Things).Plus(F.binary_cross_entropy_with_logits(logits.narrow(1, things, stuff), batch.Stuff));
            optimisation.Step(loss, step);
            rightDigits = 0.98 * rightDigits + 0.02 * digits.argmax(1).eq(batch.Things).to(float32).mean().item<float>();
            if (step % 50 == 0)
            {
                log.Write($"crops {step}/{steps}  loss {loss.item<float>():f3}  digits right {rightDigits / (1 - Math.Pow(0.98, step)):p1}");
            }
        }

        Task<CropBatch> Paint()
        {
            int side = 80 + 8 * random.Next(5), ownSeed = random.Next();
            return Task.Run(() => scenes.PaintCrops(Batch, side, Side, new Random(ownSeed)));
        }
    }
}
