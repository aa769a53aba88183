using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Training.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Classification;

/// <summary>What the training needs of a LeViT classifier, with one head or two.</summary>
internal sealed class LevitStudent
{
    private readonly Func<Tensor, (Tensor Class, Tensor? Distillation)> _forward;
    private readonly Func<LevitStudent> _create;

    private LevitStudent(
        nn.Module module, LevitModel levit, Func<Tensor, (Tensor Class, Tensor? Distillation)> forward, Func<LevitStudent> create)
    {
        (Module, Config, DropPath, _forward, _create) = (module, levit.Config, levit.DropPath, forward, create);
    }

    /// <summary>The whole model.</summary>
    public nn.Module Module { get; }

    /// <summary>The model's settings.</summary>
    public LevitConfig Config { get; }

    /// <summary>Where drop path takes its random numbers from.</summary>
    public Generator DropPath { get; }

    /// <summary>A model with one head.</summary>
    public static LevitStudent Of(LevitForImageClassification model) => new(
        model, model.Levit, input => (model.call(input).Logits, null), () => Of(new LevitForImageClassification(model.Config)));

    /// <summary>A model with a head for the labels and one for a teacher.</summary>
    public static LevitStudent Of(LevitForImageClassificationWithTeacher model) => new(
        model, model.Levit, input => Heads(model.call(input)), () => Of(new LevitForImageClassificationWithTeacher(model.Config)));

    /// <summary>The logits of the class head and, if there is one, of the distillation head: float32 (batch, classes).</summary>
    public (Tensor Class, Tensor? Distillation) Forward(Tensor input)
    {
        (Tensor @class, Tensor? distillation) = _forward(input);
        return (@class.to(ScalarType.Float32), distillation?.to(ScalarType.Float32));
    }

    /// <summary>The logits that a prediction is made from: the mean of both heads.</summary>
    public Tensor Predict(Tensor input)
    {
        (Tensor @class, Tensor? distillation) = Forward(input);
        return distillation is null ? @class : @class.Plus(distillation).Over(2);
    }

    /// <summary>The patch embedding and the first stages; nothing for 0.</summary>
    public IEnumerable<nn.Module> First(int stages)
    {
        if (stages == 0)
        {
            return [];
        }

        Dictionary<string, nn.Module> modules = Module.named_modules().ToDictionary(item => item.name, item => item.module);
        return [modules["levit.patch_embeddings"], .. Enumerable.Range(0, stages).Select(stage => modules[$"levit.encoder.stages.{stage}"])];
    }

    /// <summary>A model of the same form on the same device whose convolutions, linear layers and attention biases are bfloat16.</summary>
    public LevitStudent CreateBFloat16()
    {
        LevitStudent copy = _create();
        RoundedCopy.Make(copy.Module, Module, copy.Module.modules().Where(module => module is TorchSharp.Modules.BatchNorm), []);
        return copy;
    }

    private static (Tensor Class, Tensor? Distillation) Heads(LevitDistillationOutput output) => (output.ClassLogits, output.DistillationLogits);
}
