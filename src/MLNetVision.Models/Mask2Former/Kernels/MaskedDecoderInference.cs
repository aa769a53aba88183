using MLNetVision.Models.Common.Kernels.Attention;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Norm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Mask2Former.Config;

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

    /// <param name="config">The model's settings.</param>
    /// <param name="model">The weights of the model with its class head.</param>
    /// <param name="precision">In which numbers the layers multiply; what makes classes and masks of the queries stays single.</param>
    public MaskedDecoderInference(Mask2FormerConfig config, WeightScope model, ScoringPrecision precision)
    {
        _config = config;
        int channels = config.HiddenDim;
        WeightScope transformer = model.In("model").In("transformer_module"), decoder = transformer.In("decoder");
        _queryFeatures = FloatCopy.Of(transformer.In("queries_features").ReadRows("weight", config.NumQueries, channels));
        _queryPositions = FloatCopy.Of(transformer.In("queries_embedder").ReadRows("weight", config.NumQueries, channels));
        float[] levelEmbed = transformer.In("level_embed").Read("weight", Mask2FormerConfig.FeatureLevels, channels);
        _levelEmbed = FloatCopy.Of(levelEmbed);
        _inputProjections = !config.ProjectsInput ? null
            : [.. Enumerable.Range(0, Mask2FormerConfig.FeatureLevels).Select(level => transformer.In("input_projections").In(level).Convolution(channels, config.FeatureSize, side: 1, precision))];
        _layers = [.. Enumerable.Range(0, config.DecoderLayers - 1).Select(layer => new MaskedDecoderInferenceLayer(
            decoder.In("layers").In(layer), config, levelEmbed.AsSpan(layer % Mask2FormerConfig.FeatureLevels * channels, channels), precision))];
        _norm = decoder.In("layernorm").LayerNorm(channels);
        WeightScope embedder = decoder.In("mask_predictor").In("mask_embedder");
        _maskEmbedder = [.. new[] { channels, channels, config.MaskFeatureSize }.Select((outputs, layer) => embedder.In(layer).In(0).Linear(outputs, channels))];
        WeightScope projection = model.In("model").In("pixel_level_module").In("decoder").In("mask_projection");
        _maskProjection = Transposed(projection.Read("weight", config.MaskFeatureSize, config.FeatureSize, 1, 1), config.FeatureSize);
        _maskProjectionBias = FloatCopy.Of(projection.Read("bias", config.MaskFeatureSize));
        _classPredictor = model.In("class_predictor").Linear(config.NumLabels + 1, channels);
    }

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

    /// <summary>A product with the transpose of a matrix (rows, columns), without bias.</summary>
    private static PackedPanels Transposed(float[] matrix, int columns)
    {
        int rows = matrix.Length / columns;
        return new PackedPanels(runs: 1, rows, columns, (output, k) => matrix[k * columns + output], _ => 0);
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
