using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Tests.Models.Training.Classification;
using MLNetVision.Tests.Models.Training.Segmentation;
using static TorchSharp.torch;

namespace MLNetVision.TestHost;

/// <summary>What users do with the models; each takes what it needs first and gives the loop that then runs.</summary>
internal static class FinalizerWorkloads
{
    private static readonly LevitConfig Levit = new()
    {
        ImageSize = 32, HiddenSizes = [16, 24, 32], KeyDim = [8, 8, 8], NumAttentionHeads = [2, 3, 4], Depths = [1, 1, 1], DropPathRate = 0.1,
        Labels = ["left", "middle", "right"],
    };

    public static IReadOnlyDictionary<string, Func<Action<int>>> All { get; } = new Dictionary<string, Func<Action<int>>>(StringComparer.Ordinal)
    {
        ["levit training"] = () => LevitTrainingRun(accumulation: 1, LevitDistillation.Hard),
        ["levit training, soft distillation"] = () => LevitTrainingRun(accumulation: 2, LevitDistillation.Soft),
        ["levit training, losses not finite"] = LevitTrainingThatFails,
        ["mask2former training"] = () => SegmentationTrainingRun(checkpointing: false),
        ["mask2former training, checkpointed"] = () => SegmentationTrainingRun(checkpointing: true),
        ["levit kernels"] = () => LevitScoring(useKernels: true),
        ["levit torch"] = () => LevitScoring(useKernels: false),
        ["mask2former kernels"] = Mask2FormerScoring,
        ["levit forward and backward"] = LevitLoop,
        ["levit with teacher forward and backward"] = LevitWithTeacherLoop,
        ["mask2former forward and backward"] = Mask2FormerLoop,
        ["levit forward"] = LevitForward,
        ["mask2former forward"] = Mask2FormerForward,
    };

    private static Action<int> LevitTrainingRun(int accumulation, LevitDistillation kind, double learningRate = 2e-3)
    {
        var model = new LevitForImageClassificationWithTeacher(Levit, LevitInitialization.Original, new Generator(1));
        var processor = new LevitImageProcessor(new LevitImageProcessorConfig { Size = ImageSize.Fixed(32, 32), DoCenterCrop = false });
        return rounds => LevitTraining.Run(model, processor, new SyntheticImages(12), new SyntheticImages(6, seed: 1), new LevitTrainingOptions
        {
            Epochs = rounds, BatchSize = 4, LearningRate = learningRate, GradientAccumulation = accumulation, Mixup = 0.4, CutMix = 0.5, LabelSmoothing = 0.1, WeightAverageDecay = 0.9,
            GradientClipping = 0.1, DataThreads = 1, Distillation = kind, DistillationWeight = 0.5, Teacher = pixels => zeros(pixels.shape[0], Levit.Labels.Count),
            Augmentation = ImageAugmentation.OriginalRecipe,
        });
    }

    // The first steps spoil the weights; the training ends when too many losses in a row are not finite.
    private static Action<int> LevitTrainingThatFails()
    {
        Action<int> run = LevitTrainingRun(accumulation: 1, LevitDistillation.Hard, learningRate: 1e30);
        return rounds =>
        {
            try
            {
                run(10 * rounds);
            }
            catch (NotFiniteNumberException)
            {
                return;
            }

            throw new InvalidOperationException("The training was to fail.");
        };
    }

    private static Action<int> SegmentationTrainingRun(bool checkpointing)
    {
        Mask2FormerForUniversalSegmentation model = TinySegmentation.Model();
        SegmentationTrainingOptions options = TinySegmentation.Options with
        {
            GradientAccumulation = 2, WeightAverageDecay = 0.9, GradientCheckpointing = checkpointing, ExcludeIgnored = true, EvaluationSteps = 2,
        };
        return rounds => Mask2FormerTraining.Run(
            model, TinySegmentation.Processor, new SyntheticScenes(5), options with { Steps = 2 * rounds },
            (trained, _) =>
            {
                using var inference = new Mask2FormerInference(trained);
                using Tensor picture = ones(1, 3, 64, 64);
                Mask2FormerPrediction prediction = inference.Predict(picture);
                prediction.ClassQueriesLogits.Dispose();
                prediction.MasksQueriesLogits.Dispose();
                return 1;
            });
    }

    private static Action<int> LevitScoring(bool useKernels)
    {
        var model = new LevitForImageClassification(Levit, LevitInitialization.Original, new Generator(1));
        LevitInference inference = LevitInference.FromWeights(Levit, model.state_dict(), Models.Common.Kernels.Products.ScoringPrecision.Single, useKernels);
        Tensor pictures = ones(2, 3, 32, 32);
        return rounds => Repeat(10 * rounds, () => inference.Score(pictures).Dispose());
    }

    private static Action<int> Mask2FormerScoring()
    {
        var inference = new Mask2FormerInference(TinySegmentation.Model());
        Tensor pictures = ones(1, 3, 64, 96);
        return rounds => Repeat(rounds, () =>
        {
            Mask2FormerPrediction prediction = inference.Predict(pictures);
            prediction.ClassQueriesLogits.Dispose();
            prediction.MasksQueriesLogits.Dispose();
        });
    }

    private static Action<int> LevitLoop()
    {
        var model = new LevitForImageClassification(Levit, LevitInitialization.Original, new Generator(1));
        Tensor pictures = ones(4, 3, 32, 32), labels = tensor(new long[] { 0, 1, 2, 0 });
        model.train();
        return rounds => Repeat(rounds, () =>
        {
            using LevitClassificationOutput output = model.call(pictures);
            using Tensor loss = model.Loss(output.Logits, labels);
            loss.backward();
        });
    }

    private static Action<int> LevitWithTeacherLoop()
    {
        var model = new LevitForImageClassificationWithTeacher(Levit, LevitInitialization.Original, new Generator(1));
        Tensor pictures = ones(4, 3, 32, 32), labels = tensor(new long[] { 0, 1, 2, 0 }), teacher = ones(4, 3);
        var objective = new LevitDistillationLoss { Kind = LevitDistillation.Soft, Temperature = 2 };
        model.train();
        return rounds => Repeat(rounds, () =>
        {
            using LevitDistillationOutput output = model.call(pictures);
            using Tensor loss = objective.Compute(output, labels, teacher);
            loss.backward();
        });
    }

    private static Action<int> Mask2FormerLoop()
    {
        Mask2FormerForUniversalSegmentation model = TinySegmentation.Model();
        Tensor pictures = ones(1, 3, 64, 64);
        model.train();
        return rounds => Repeat(rounds, () =>
        {
            Mask2FormerSegmentationOutput output = model.forward(pictures);
            using Tensor masks = output.MasksQueriesLogits!.sum(), classes = output.ClassQueriesLogits.sum();
            masks.backward(retain_graph: true);
            classes.backward();
            Dispose(output);
        });
    }

    private static Action<int> LevitForward()
    {
        var model = new LevitForImageClassification(Levit, LevitInitialization.Original, new Generator(1));
        Tensor pictures = ones(2, 3, 32, 32);
        model.eval();
        return rounds => Repeat(rounds, () =>
        {
            using var noGradient = no_grad();
            model.call(pictures).Dispose();
        });
    }

    private static Action<int> Mask2FormerForward()
    {
        Mask2FormerForUniversalSegmentation model = TinySegmentation.Model();
        Tensor pictures = ones(1, 3, 70, 90);
        model.eval();
        return rounds => Repeat(rounds, () =>
        {
            using var noGradient = no_grad();
            Dispose(model.forward(pictures));
        });
    }

    private static void Dispose(Mask2FormerSegmentationOutput output)
    {
        output.ClassQueriesLogits.Dispose();
        output.MasksQueriesLogits!.Dispose();
    }

    private static void Repeat(int rounds, Action action)
    {
        for (int i = 0; i < rounds; i++)
        {
            action();
        }
    }
}
