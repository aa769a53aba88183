using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Deformable;
using MLNetVision.Models.Mask2Former.Pixels;
using MLNetVision.Models.Mask2Former.TransformerDecoder;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former;

/// <summary>Fresh weights of everything but the backbone, which draws its own.</summary>
/// <remarks>
/// Original: the first layer's queries look at rings of points (Deformable DETR, appendix A.4), query and level
/// embeddings are N(0, 1), the rest is Xavier or Kaiming uniform. Hugging Face: embeddings N(0, 0.02), the pixel decoder's level
/// embeddings 0, and a late Xavier pass gives the sampling offsets weights, so that the rings dissolve.
/// </remarks>
internal static class Mask2FormerInitialization
{
    public static void Apply(Mask2FormerModel model, WeightInitialization scheme, Generator? generator)
    {
        using var noGrad = no_grad();
        var draw = new WeightSource(model.Config, scheme == WeightInitialization.Original, generator);
        foreach (GroupNorm norm in model.PixelDecoder.modules().OfType<GroupNorm>())
        {
            norm.weight!.Fill(1); // TorchSharp leaves it as it finds the memory
            norm.bias!.Clear();
        }

        Apply(model.PixelDecoder, draw);
        Apply(model.Transformer, draw);
    }

    public static void Apply(Linear classPredictor, Mask2FormerConfig config, WeightInitialization scheme, Generator? generator)
    {
        using var noGrad = no_grad();
        new WeightSource(config, scheme == WeightInitialization.Original, generator).Default(classPredictor);
    }

    private static void Apply(PixelDecoder decoder, WeightSource draw)
    {
        draw.LevelEmbedding(decoder.LevelEmbed);
        foreach (NormedConvolution projection in decoder.InputProjections)
        {
            draw.Xavier(projection.Convolution);
        }

        foreach ((NormedConvolution lateral, NormedConvolution output) in decoder.FpnLevels)
        {
            draw.KaimingOrXavier(lateral.Convolution);
            draw.KaimingOrXavier(output.Convolution);
        }

        draw.KaimingOrXavier(decoder.MaskProjection);
        foreach (PixelDecoderEncoderLayer layer in decoder.Encoder.Layers)
        {
            draw.Deformable(layer.Attention);
            draw.Xavier(layer.Mlp.Up);
            draw.Xavier(layer.Mlp.Down);
        }
    }

    private static void Apply(TransformerModule transformer, WeightSource draw)
    {
        draw.Embedding(transformer.QueriesEmbedder.weight!);
        draw.Embedding(transformer.QueriesFeatures.weight!);
        draw.Embedding(transformer.LevelEmbed.weight!);
        foreach (Convolution2d projection in transformer.InputProjections ?? [])
        {
            draw.KaimingOrXavier(projection);
        }

        foreach (MaskedDecoderLayer layer in transformer.Decoder.Layers)
        {
            draw.Attention(layer.SelfAttention);
            draw.Attention(layer.CrossAttention);
            draw.Mlp(layer.Mlp.Up);
            draw.Mlp(layer.Mlp.Down);
        }

        foreach (Linear linear in transformer.Decoder.MaskPredictor.Layers)
        {
            draw.Default(linear);
        }
    }
}

/// <summary>The distributions that the two schemes draw from.</summary>
internal sealed class WeightSource(Mask2FormerConfig config, bool original, Generator? generator)
{
    private double DecoderGain => original ? 1 : config.InitXavierStd;

    public void LevelEmbedding(Tensor weight) => weight.normal_(0, original ? 1 : 0, generator);

    public void Embedding(Tensor weight) => weight.normal_(0, original ? 1 : config.InitStd, generator);

    public void Xavier(Linear linear) => Xavier(linear.weight!, linear.bias, 1);

    public void Xavier(Convolution2d convolution) => Xavier(convolution.Weight, convolution.Bias, 1);

    /// <summary>Kaiming uniform with a = 1 (detectron2's c2_xavier_fill), bias 0; Xavier in Hugging Face's.</summary>
    public void KaimingOrXavier(Convolution2d convolution)
    {
        Tensor weight = convolution.Weight;
        if (original)
        {
            Uniform(weight, Math.Sqrt(3.0 / (weight.numel() / weight.shape[0])));
            convolution.Bias?.Clear();
        }
        else
        {
            Xavier(weight, convolution.Bias, 1);
        }
    }

    /// <summary>A layer of the masked decoder's MLP.</summary>
    public void Mlp(Linear linear)
    {
        Xavier(linear.weight!, bias: null, DecoderGain);
        DefaultBias(linear);
    }

    /// <summary>torch's own default for linear layers, or Hugging Face's normal distribution.</summary>
    public void Default(Linear linear)
    {
        if (original)
        {
            Uniform(linear.weight!, 1 / Math.Sqrt(linear.weight!.shape[1]));
        }
        else
        {
            linear.weight!.normal_(0, config.InitStd, generator);
        }

        DefaultBias(linear);
    }

    public void Attention(QuerySelfAttention attention)
    {
        (Linear query, Linear key, Linear value, Linear output) = attention.Projections;
        foreach (Linear projection in new[] { query, key, value })
        {
            // The authors' layer holds the three in one matrix, whose fan-out counts for Xavier.
            Tensor weight = projection.weight!;
            long fanOut = original ? 3 * weight.shape[0] : weight.shape[0];
            Uniform(weight, DecoderGain * Math.Sqrt(6.0 / (weight.shape[1] + fanOut)));
            projection.bias!.Clear();
        }

        Xavier(output.weight!, output.bias, DecoderGain);
    }

    public void Attention(MaskedCrossAttention attention)
    {
        Xavier(attention.Input.Weight, attention.Input.Bias, DecoderGain);
        Xavier(attention.Output.weight!, attention.Output.bias, DecoderGain);
    }

    public void Deformable(DeformableAttention attention)
    {
        Xavier(attention.ValueProjection);
        Xavier(attention.OutputProjection);
        if (original)
        {
            attention.SamplingOffsets.weight!.Clear();
            attention.AttentionWeights.weight!.Clear();
        }
        else
        {
            Xavier(attention.SamplingOffsets);
            Xavier(attention.AttentionWeights);
        }

        attention.AttentionWeights.bias!.Clear();
        using Tensor rings = Rings();
        attention.SamplingOffsets.bias!.copy_(rings);
    }

    /// <summary>Each head looks in a direction of its own, point i at the distance i + 1 (in the maximum norm).</summary>
    private Tensor Rings()
    {
        int heads = config.NumAttentionHeads;
        var offsets = new List<float>();
        for (int head = 0; head < heads; head++)
        {
            double angle = 2 * Math.PI * head / heads;
            double longest = Math.Max(Math.Abs(Math.Cos(angle)), Math.Abs(Math.Sin(angle)));
            for (int sample = 0; sample < Mask2FormerConfig.FeatureLevels * Mask2FormerConfig.SamplingPoints; sample++)
            {
                int distance = sample % Mask2FormerConfig.SamplingPoints + 1;
                offsets.Add((float)(Math.Cos(angle) / longest * distance));
                offsets.Add((float)(Math.Sin(angle) / longest * distance));
            }
        }

        return tensor(offsets.ToArray());
    }

    private void DefaultBias(Linear linear)
    {
        if (original)
        {
            Uniform(linear.bias!, 1 / Math.Sqrt(linear.weight!.shape[1]));
        }
        else
        {
            linear.bias!.Clear();
        }
    }

    private void Xavier(Tensor weight, Tensor? bias, double gain)
    {
        long receptive = weight.numel() / (weight.shape[0] * weight.shape[1]);
        Uniform(weight, gain * Math.Sqrt(6.0 / ((weight.shape[0] + weight.shape[1]) * receptive)));
        bias?.Clear();
    }

    private void Uniform(Tensor weight, double bound) => weight.uniform_(-bound, bound, generator);
}
