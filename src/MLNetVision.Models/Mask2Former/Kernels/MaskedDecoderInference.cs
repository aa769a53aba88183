using MLNetVision.Models.Common.Kernels.Attention;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Norm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Queries;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.Kernels;

/// <summary>The masked decoder for prediction: attention masks at their level's resolution, one mask of full resolution at the end.</summary>
internal sealed unsafe class MaskedDecoderInference : IDisposable
{
    private readonly Mask2FormerConfig _config;
    private readonly NativeBuffer _queryFeatures;
    private readonly NativeBuffer _queryPositions;
    private readonly NativeBuffer _levelEmbed;
    private readonly PackedPanels[]? _inputProjections;
    private readonly MaskedDecoderInferenceLayer[] _layers;
    private readonly LayerNormKernel _norm;
    private readonly PackedPanels[] _maskEmbedder;
    private readonly PackedPanels _maskProjection;
    private readonly NativeBuffer _maskProjectionBias;
    private readonly PackedPanels _classPredictor;

    /// <param name="model">The model.</param>
    /// <param name="precision">In which numbers the layers multiply; what makes classes and masks of the queries stays single.</param>
    public MaskedDecoderInference(Mask2FormerForUniversalSegmentation model, ScoringPrecision precision)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        TransformerModule transformer = model.Model.Transformer;
        _config = model.Config;
        _queryFeatures = FloatCopy.Of(transformer.QueriesFeatures.weight!);
        _queryPositions = FloatCopy.Of(transformer.QueriesEmbedder.weight!);
        _levelEmbed = FloatCopy.Of(transformer.LevelEmbed.weight!);
        _inputProjections = transformer.InputProjections?.Select(projection => PackedPanels.From(projection.Weight.flatten(1), projection.Bias, precision)).ToArray();
        _layers = [.. transformer.Decoder.Layers.Select((layer, i) =>
            new MaskedDecoderInferenceLayer(layer, _config, transformer.LevelEmbed.weight![i % Mask2FormerConfig.FeatureLevels], precision))];
        _norm = new LayerNormKernel(transformer.Decoder.Norm);
        _maskEmbedder = [.. transformer.Decoder.MaskPredictor.Layers.Select(layer => PackedPanels.From(layer.weight!, layer.bias))];
        Convolution2d projection = model.Model.PixelDecoder.MaskProjection;
        _maskProjection = PackedPanels.From(projection.Weight.flatten(1).t(), bias: null);
        _maskProjectionBias = FloatCopy.Of(projection.Bias!);
        _classPredictor = PackedPanels.From(model.ClassPredictor.weight!, model.ClassPredictor.bias);
    }

    /// <summary>Predicts classes and masks into tensors, float32 and contiguous on the CPU.</summary>
    public void Run(PixelFeatures pixels, BufferLoans loans, Tensor classes, Tensor masks) =>
        Run(pixels, loans, TensorMemory.Address<float>(classes), TensorMemory.Address<float>(masks));

    /// <summary>Predicts classes and masks.</summary>
    /// <param name="pixels">What the pixel decoder made.</param>
    /// <param name="loans">Lends the memory.</param>
    /// <param name="classes">(queries, classes + 1).</param>
    /// <param name="masks">(queries, height, width).</param>
    public void Run(PixelFeatures pixels, BufferLoans loans, float* classes, float* masks)
    {
        int count = _config.NumQueries, channels = _config.HiddenDim;
        IReadOnlyList<MapSize> levels = pixels.Levels;
        using var positions = new PositionTables(levels, channels, _levelEmbed);
        using BufferPool.Lease queries = loans.Rent((long)count * channels), normed = loans.Rent((long)count * channels);
        using BufferPool.Lease attentionMask = loans.Rent((long)count * levels.Max(MaskStride));
        BufferPool.Lease[] resized = [.. levels.Select(level => Resize(pixels, level, loans))];
        BufferPool.Lease[]? projected = Project(pixels, loans);
        _queryFeatures.Span[..(count * channels)].CopyTo(new Span<float>(queries.Pointer, count * channels));
        var rows = new Rows(queries.Pointer, channels);
        var queryPositions = new Rows(_queryPositions.Pointer, channels);
        for (int i = 0; i < _layers.Length; i++)
        {
            int level = i % levels.Count;
            using (MaskProduct product = Masks(rows, normed.Pointer))
            {
                product.ComputeAttentionMask(new Rows(resized[level].Pointer, _config.FeatureSize), levels[level].Area, attentionMask.Pointer, MaskStride(levels[level]));
            }

            float* states = projected is null
                ? pixels.States.Pointer + (long)levels.Take(level).Sum(size => size.Area) * channels
                : projected[level].Pointer;
            _layers[i].Run(rows, queryPositions, new Rows(states, channels), positions, (level, levels[level]), attentionMask.Pointer, MaskStride(levels[level]), loans);
        }

        using (MaskProduct product = Masks(rows, normed.Pointer))
        {
            MatrixProduct.Compute(count, new Rows(normed.Pointer, channels), _classPredictor, new Rows(classes, _classPredictor.Outputs));
            product.Compute(new Rows(pixels.Finest.Pointer, _config.FeatureSize), pixels.FinestSize.Area, masks, pixels.FinestSize.Area);
        }

        Array.ForEach(resized, lease => lease.Dispose());
        Array.ForEach(projected ?? [], lease => lease.Dispose());
    }

    public void Dispose()
    {
        _queryFeatures.Dispose();
        _queryPositions.Dispose();
        _levelEmbed.Dispose();
        Array.ForEach(_inputProjections ?? [], projection => projection.Dispose());
        Array.ForEach(_layers, layer => layer.Dispose());
        _norm.Dispose();
        Array.ForEach(_maskEmbedder, layer => layer.Dispose());
        _maskProjection.Dispose();
        _maskProjectionBias.Dispose();
        _classPredictor.Dispose();
    }

    private static int MaskStride(MapSize level) => AttentionPacking.Panels(level.Area) * GemmKernels.PanelColumns;

    /// <summary>The finest map at a level's resolution; resizing commutes with the product over channels.</summary>
    private BufferPool.Lease Resize(PixelFeatures pixels, MapSize level, BufferLoans loans)
    {
        int channels = _config.FeatureSize;
        BufferPool.Lease resized = loans.Rent((long)level.Area * channels);
        nint to = (nint)resized.Pointer;
        var map = new BilinearMap((nint)pixels.Finest.Pointer, pixels.FinestSize, level, channels);
        Workers.ForRanges(level.Area, (first, last) =>
        {
            for (int pixel = first; pixel < last; pixel++)
            {
                map.Write(pixel / level.Width, pixel % level.Width, (float*)to + (long)pixel * channels);
            }
        });
        return resized;
    }

    private BufferPool.Lease[]? Project(PixelFeatures pixels, BufferLoans loans)
    {
        if (_inputProjections is null)
        {
            return null;
        }

        var projected = new BufferPool.Lease[pixels.Levels.Count];
        float* states = pixels.States.Pointer;
        for (int level = 0; level < projected.Length; level++)
        {
            int area = pixels.Levels[level].Area;
            projected[level] = loans.Rent((long)area * _config.HiddenDim);
            MatrixProduct.Compute(area, new Rows(states, _config.FeatureSize), _inputProjections[level], new Rows(projected[level].Pointer, _config.HiddenDim));
            states += (long)area * _config.FeatureSize;
        }

        return projected;
    }

    /// <summary>Normalises the queries and embeds their masks.</summary>
    private MaskProduct Masks(Rows queries, float* normed)
    {
        int count = _config.NumQueries;
        _norm.ApplyParallel(queries.Row(0), normed, count);
        using var first = new NativeBuffer((long)count * Math.Max(_config.HiddenDim, _config.FeatureSize));
        using var second = new NativeBuffer((long)count * Math.Max(_config.HiddenDim, _config.MaskFeatureSize));
        var hidden = new Rows(first.Pointer, _config.HiddenDim);
        var deeper = new Rows(second.Pointer, _config.HiddenDim);
        MatrixProduct.Compute(count, new Rows(normed, _config.HiddenDim), _maskEmbedder[0], hidden, Activation.Relu);
        MatrixProduct.Compute(count, hidden, _maskEmbedder[1], deeper, Activation.Relu);
        using var embedded = new NativeBuffer((long)count * _config.MaskFeatureSize);
        var embeddings = new Rows(embedded.Pointer, _config.MaskFeatureSize);
        MatrixProduct.Compute(count, deeper, _maskEmbedder[2], embeddings);
        var folded = new Rows(first.Pointer, _config.FeatureSize);
        MatrixProduct.Compute(count, embeddings, _maskProjection, folded);
        var offsets = new float[count];
        for (int query = 0; query < count; query++)
        {
            offsets[query] = System.Numerics.Tensors.TensorPrimitives.Dot<float>(
                new ReadOnlySpan<float>(embeddings.Row(query), embeddings.Length), _maskProjectionBias.Span[..embeddings.Length]);
        }

        return new MaskProduct(folded, offsets);
    }
}
