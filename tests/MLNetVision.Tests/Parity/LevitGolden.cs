using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Parity;

/// <summary>Makes the class that a golden names and reads its outputs by the goldens' names.</summary>
internal static class LevitGolden
{
    public static nn.Module CreateModel(GoldenCase golden)
    {
        LevitConfig config = LevitConfig.FromJson(golden.ConfigJson);
        nn.Module model = golden.Text("class") switch
        {
            nameof(LevitModel) => new LevitModel(config),
            nameof(LevitForImageClassification) => new LevitForImageClassification(config),
            nameof(LevitForImageClassificationWithTeacher) => new LevitForImageClassificationWithTeacher(config),
            string other => throw new InvalidDataException($"The golden {golden.Name} names the unknown class {other}."),
        };
        if (golden.Has("weights"))
        {
            ProceduralTensor.FillWeights(model, golden.WeightSalt);
        }

        return model;
    }

    public static Dictionary<string, Tensor> Outputs(nn.Module model, Tensor pixelValues)
    {
        var outputs = new Dictionary<string, Tensor>();
        switch (model)
        {
            case LevitModel backbone:
                Add(outputs, backbone.call(pixelValues));
                break;
            case LevitForImageClassification classifier:
                LevitClassificationOutput classification = classifier.call(pixelValues);
                outputs["logits"] = classification.Logits;
                Add(outputs, classification.Features);
                break;
            case LevitForImageClassificationWithTeacher student:
                LevitDistillationOutput distillation = student.call(pixelValues);
                outputs["logits"] = distillation.Logits;
                outputs["cls_logits"] = distillation.ClassLogits;
                outputs["distillation_logits"] = distillation.DistillationLogits;
                Add(outputs, distillation.Features);
                break;
        }

        return outputs;
    }

    /// <summary>A config of a few thousand weights.</summary>
    public static LevitConfig TinyConfig { get; } = new()
    {
        ImageSize = 32,
        HiddenSizes = [16, 24, 32],
        NumAttentionHeads = [2, 3, 4],
        Depths = [1, 1, 1],
        KeyDim = [8, 8, 8],
        Labels = LevitConfig.DefaultLabels(5),
    };

    private static void Add(Dictionary<string, Tensor> outputs, LevitModelOutput features)
    {
        outputs["last_hidden_state"] = features.LastHiddenState;
        outputs["pooler_output"] = features.PooledOutput;
        for (int i = 0; i < features.HiddenStates.Count; i++)
        {
            outputs[$"hidden_states.{i}"] = features.HiddenStates[i];
        }
    }
}
