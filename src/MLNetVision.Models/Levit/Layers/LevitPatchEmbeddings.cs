using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit.Config;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Levit.Layers;

/// <summary>The stem: four strided convolutions, hardswish between them, and the result as tokens (section 4.2).</summary>
internal sealed class LevitPatchEmbeddings : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "embedding_layer_1")]
    private readonly LevitConvEmbeddings _embedding1;

    [ComponentName(Name = "embedding_layer_2")]
    private readonly LevitConvEmbeddings _embedding2;

    [ComponentName(Name = "embedding_layer_3")]
    private readonly LevitConvEmbeddings _embedding3;

    [ComponentName(Name = "embedding_layer_4")]
    private readonly LevitConvEmbeddings _embedding4;

    public LevitPatchEmbeddings(LevitConfig config)
        : base(nameof(LevitPatchEmbeddings))
    {
        int width = config.HiddenSizes[0];
        _embedding1 = new LevitConvEmbeddings(config.NumChannels, width / 8, config);
        _embedding2 = new LevitConvEmbeddings(width / 8, width / 4, config);
        _embedding3 = new LevitConvEmbeddings(width / 4, width / 2, config);
        _embedding4 = new LevitConvEmbeddings(width / 2, width, config);
        RegisterComponents();
    }

    /// <summary>A convolution of the stem, 0 to 3, with its norm folded in.</summary>
    /// <param name="model">The weights of the model with its head.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="index">Which one.</param>
    public static LevitFoldedLayer Fold(WeightScope model, LevitConfig config, int index)
    {
        int width = config.HiddenSizes[0], inputs = index == 0 ? config.NumChannels : width >> (4 - index);
        return LevitConvEmbeddings.Fold(
            model.In("levit").In("patch_embeddings").In($"embedding_layer_{index + 1}"), width >> (3 - index), inputs, config.KernelSize);
    }

    // [N, C, H, W] -> [N, tokens, width]
    public override Tensor forward(Tensor pixelValues)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = F.hardswish(_embedding1.call(pixelValues));
        x = F.hardswish(_embedding2.call(x));
        x = F.hardswish(_embedding3.call(x));
        x = _embedding4.call(x);
        return x.flatten(2).transpose(1, 2).MoveToOuterDisposeScope();
    }
}
