using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace PretrainScenes;

/// <summary>
/// Teaches backbone and pixel decoder what each pixel belongs to, before queries compete for segments: the class of its
/// segment, and for things the cell of a grid in which the segment's middle lies, which tells the digits of one class apart.
/// </summary>
internal sealed class DenseSupervision(PaintedScenes scenes, Mask2FormerImageProcessorConfig preprocessing, int seed)
{
    private const int Batch = 16;
    private const int Side = 96;
    private const int Grid = 6;
    private const double LearningRate = 2e-3;
    private const int WarmUp = 100;

    public void Train(Mask2FormerForUniversalSegmentation model, int steps, TrainingLog log)
    {
        int classes = model.Config.NumLabels;
        using Conv2d head = nn.Conv2d(model.Config.MaskFeatureSize, classes + Grid * Grid, 1);
        using var optimisation = new Optimisation(model.Model.Backbone, model.Model.PixelDecoder, head) { LearningRate = LearningRate, WarmUp = WarmUp, Steps = steps };
        model.train();
        var random = new Random(seed);
        for (int step = 1; step <= steps; step++)
        {
            using PaintedBatch batch = scenes.Paint(Batch, 64 + 16 * random.Next(5), random, Grid);
            using var scope = NewDisposeScope();
            Tensor pixels = F.interpolate(Pixels.Normalise(batch.Pixels, preprocessing), size: [Side, Side], mode: InterpolationMode.Bilinear, align_corners: false);
            Tensor features = model.call(pixels, Mask2FormerOutputs.MaskEmbeddings).MaskFeatures!;
            Tensor logits = F.interpolate(head.call(features), size: [batch.Side, batch.Side], mode: InterpolationMode.Bilinear, align_corners: false);
            Tensor classLoss = F.cross_entropy(logits.narrow(1, 0, classes), batch.Classes);
            Tensor cellLoss = F.cross_entropy(logits.narrow(1, classes, Grid * Grid), batch.Cells, ignore_index: PaintedScenes.NoCell);
            Tensor loss = classLoss.Plus(cellLoss.Times(0.5));
            optimisation.Step(loss, step);
            if (step % 50 == 0)
            {
                double right = logits.narrow(1, 0, classes).argmax(1).eq(batch.Classes).to(float32).mean().item<float>();
                log.Write($"dense {step}/{steps}  class loss {classLoss.item<float>():f3}  cell loss {cellLoss.item<float>():f3}  pixels right {right:p1}");
            }
        }
    }
}
