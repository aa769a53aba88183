using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Heads;

/// <summary>A BatchNorm and a linear layer on the pooled features.</summary>
internal sealed class LevitClassificationHead : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "batch_norm")]
    private readonly BatchNorm1d _batchNorm;

    [ComponentName(Name = "linear")]
    private readonly Linear _linear;

    public LevitClassificationHead(LevitConfig config, LevitInitialization initialization, Generator? generator)
        : base(nameof(LevitClassificationHead))
    {
        _batchNorm = nn.BatchNorm1d(config.HiddenSizes[^1]);
        _linear = nn.Linear(config.HiddenSizes[^1], config.NumLabels);
        RegisterComponents();
        LevitWeightInitializer.InitializeHead(_linear, config, initialization, generator);
    }

    /// <summary>The heads of a model as one linear layer on the pooled features, averaged where there are two.</summary>
    /// <param name="model">The weights of the model.</param>
    /// <param name="config">Its settings.</param>
    public static LevitFoldedLayer Fold(WeightScope model, LevitConfig config)
    {
        LevitFoldedLayer head = FoldOne(model.In("classifier"), config);
        if (!model.In("classifier_distill").In("linear").Has("weight"))
        {
            return head;
        }

        LevitFoldedLayer other = FoldOne(model.In("classifier_distill"), config);
        return new LevitFoldedLayer(Average(head.Weight, other.Weight), Average(head.Bias, other.Bias));
    }

    // Here the BatchNorm comes first: it scales the input channels.
    private static LevitFoldedLayer FoldOne(WeightScope head, LevitConfig config)
    {
        (int labels, int inputs) = (config.NumLabels, config.HiddenSizes[^1]);
        (double[] scale, double[] shift) = BatchNormalization.Fold(head.In("batch_norm"), inputs);
        float[] weight = head.In("linear").Read("weight", labels, inputs), bias = head.In("linear").Read("bias", labels);
        var folded = new float[weight.Length];
        for (int label = 0; label < labels; label++)
        {
            double sum = bias[label];
            for (int i = label * inputs; i < (label + 1) * inputs; i++)
            {
                sum += weight[i] * shift[i % inputs];
                folded[i] = (float)(weight[i] * scale[i % inputs]);
            }

            bias[label] = (float)sum;
        }

        return new LevitFoldedLayer(folded, bias);
    }

    private static float[] Average(float[] first, float[] second) => [.. first.Zip(second, (a, b) => (a + b) / 2)];

    // [N, channels] -> [N, labels]
    public override Tensor forward(Tensor pooled) => _linear.call(BatchNormalization.Apply(_batchNorm, pooled));
}
