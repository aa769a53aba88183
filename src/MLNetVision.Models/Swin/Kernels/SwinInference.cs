using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Norm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Swin.Windows.Kernels;

namespace MLNetVision.Models.Swin.Kernels;

/// <summary>A map of the backbone: pixels one after another, their channels together.</summary>
/// <param name="Buffer">Holds the pixels; the owner returns it.</param>
/// <param name="Size">The map's size.</param>
/// <param name="Channels">The channels.</param>
internal sealed record SwinFeature(BufferPool.Lease Buffer, MapSize Size, int Channels)
{
    public unsafe Rows Rows => new(Buffer.Pointer, Channels);
}

/// <summary>
/// The backbone for prediction on the CPU: weights packed, query, key and value in one product, relative position
/// biases gathered once. Windows are gathered while a product reads its rows and scattered while it writes them, so
/// that no map is copied, padded or rolled.
/// </summary>
internal sealed unsafe class SwinInference : IDisposable
{
    private readonly SwinConfig _config;
    private readonly IReadOnlyList<string> _outFeatures;
    private readonly PackedPanels _patches;
    private readonly LayerNormKernel _embeddingNorm;
    private readonly PositionGrid? _absolutePositions;
    private readonly List<SwinInferenceBlock[]> _stages = [];
    private readonly List<SwinInferenceMerging> _mergings = [];
    private readonly Dictionary<string, LayerNormKernel> _outputNorms = new(StringComparer.Ordinal);

    /// <param name="config">The settings, valid.</param>
    /// <param name="weights">The backbone's weights.</param>
    /// <param name="precision">In which numbers the layers multiply.</param>
    public SwinInference(SwinConfig config, WeightScope weights, ScoringPrecision precision)
    {
        _config = config;
        _outFeatures = config.FeaturesBySize;
        WeightScope embeddings = weights.In("embeddings"), layers = weights.In("encoder").In("layers");
        _patches = embeddings.In("patch_embeddings").In("projection").Convolution(config.EmbedDim, config.NumChannels, config.PatchSize, precision);
        _embeddingNorm = embeddings.In("norm").LayerNorm(config.EmbedDim);
        _absolutePositions = config.UseAbsoluteEmbeddings ? Positions(embeddings, config) : null;
        var masks = new PackedWindowMasks(config.WindowSize);
        int stages = config.StageIndex(_outFeatures[^1]);
        for (int i = 0; i < stages; i++)
        {
            WeightScope stage = layers.In(i);
            _stages.Add([.. Enumerable.Range(0, config.Depths[i]).Select(block => new SwinInferenceBlock(stage.In("blocks").In(block), config, i, block, masks, precision))]);
            if (i < stages - 1)
            {
                _mergings.Add(new SwinInferenceMerging(stage.In("downsample"), config.EmbedDim << i, precision));
            }
        }

        foreach (string name in _outFeatures)
        {
            _outputNorms[name] = weights.In("hidden_states_norms").In(name).LayerNorm(config.ChannelsOf(name));
        }
    }

    /// <summary>Computes the maps of one image.</summary>
    /// <param name="image">(channels, height, width).</param>
    /// <param name="size">The image's size.</param>
    /// <param name="loans">Lends the memory.</param>
    /// <returns>The maps from the largest to the smallest; the caller returns their buffers.</returns>
    public List<SwinFeature> Run(float* image, MapSize size, BufferLoans loans)
    {
        var features = new List<SwinFeature>();
        SwinFeature map = Embed(image, size, loans);
        AddIfRequested(features, 0, map, loans);
        for (int stage = 0; stage < _stages.Count; stage++)
        {
            foreach (SwinInferenceBlock block in _stages[stage])
            {
                block.Run(map.Buffer.Pointer, map.Size);
            }

            AddIfRequested(features, stage + 1, map, loans);
            if (stage < _mergings.Count)
            {
                SwinFeature next = _mergings[stage].Run(map, loans);
                map.Buffer.Dispose();
                map = next;
            }
        }

        map.Buffer.Dispose();
        return features;
    }

    public void Dispose()
    {
        _patches.Dispose();
        _embeddingNorm.Dispose();
        _stages.ForEach(stage => Array.ForEach(stage, block => block.Dispose()));
        _mergings.ForEach(merging => merging.Dispose());
        foreach (LayerNormKernel norm in _outputNorms.Values)
        {
            norm.Dispose();
        }
    }

    private static PositionGrid Positions(WeightScope embeddings, SwinConfig config)
    {
        // As in Hugging Face's checkpoints, the first row belongs to a class token that Swin does not have.
        int side = config.ImageSize / config.PatchSize;
        float[] values = embeddings.Read("position_embeddings", 1, side * side + 1, config.EmbedDim);
        return new PositionGrid(values.AsMemory(config.EmbedDim), side, config.EmbedDim);
    }

    private SwinFeature Embed(float* image, MapSize size, BufferLoans loans)
    {
        int patch = _config.PatchSize;
        var grid = new MapSize((size.Height + patch - 1) / patch, (size.Width + patch - 1) / patch);
        var map = new SwinFeature(loans.Rent((long)grid.Area * _config.EmbedDim), grid, _config.EmbedDim);
        MatrixProduct.Compute(grid.Area, new PatchRows((nint)image, size, _config.NumChannels, patch), _patches, map.Rows);
        _embeddingNorm.ApplyParallel(map.Buffer.Pointer, map.Buffer.Pointer, grid.Area);
        if (_absolutePositions is not null)
        {
            var values = new Span<float>(map.Buffer.Pointer, grid.Area * _config.EmbedDim);
            System.Numerics.Tensors.TensorPrimitives.Add(values, _absolutePositions.For(grid), values);
        }

        return map;
    }

    private void AddIfRequested(List<SwinFeature> features, int stage, SwinFeature map, BufferLoans loans)
    {
        if (features.Count < _outFeatures.Count && _outFeatures[features.Count] == _config.StageNames[stage])
        {
            var feature = new SwinFeature(loans.Rent((long)map.Size.Area * map.Channels), map.Size, map.Channels);
            _outputNorms[_outFeatures[features.Count]].ApplyParallel(map.Buffer.Pointer, feature.Buffer.Pointer, map.Size.Area);
            features.Add(feature);
        }
    }

    /// <summary>The pixels of each patch, channel by channel, zeros beyond the image.</summary>
    private readonly struct PatchRows(nint image, MapSize size, int channels, int patch) : IRowSource
    {
        public void Copy(int row, float* target)
        {
            int perRow = (size.Width + patch - 1) / patch;
            int top = row / perRow * patch, left = row % perRow * patch;
            int i = 0;
            for (int channel = 0; channel < channels; channel++)
            {
                for (int y = top; y < top + patch; y++)
                {
                    for (int x = left; x < left + patch; x++)
                    {
                        target[i++] = y < size.Height && x < size.Width ? ((float*)image)[((long)channel * size.Height + y) * size.Width + x] : 0;
                    }
                }
            }
        }
    }
}

/// <summary>Patch merging for prediction.</summary>
internal sealed unsafe class SwinInferenceMerging : IDisposable
{
    private readonly LayerNormKernel _norm;
    private readonly PackedPanels _reduction;

    /// <param name="merging">The layer's weights.</param>
    /// <param name="channels">The channels of the maps that it takes.</param>
    /// <param name="precision">In which numbers it multiplies.</param>
    public SwinInferenceMerging(WeightScope merging, int channels, ScoringPrecision precision)
    {
        _norm = merging.In("norm").LayerNorm(4 * channels);
        _reduction = merging.In("reduction").Linear(2 * channels, 4 * channels, precision, hasBias: false);
    }

    public SwinFeature Run(SwinFeature map, BufferLoans loans)
    {
        var size = new MapSize((map.Size.Height + 1) / 2, (map.Size.Width + 1) / 2);
        var merged = new SwinFeature(loans.Rent((long)size.Area * _reduction.Outputs), size, _reduction.Outputs);
        MatrixProduct.Compute(size.Area, new CornerRows((nint)map.Buffer.Pointer, map.Size, map.Channels, _norm), _reduction, merged.Rows);
        return merged;
    }

    public void Dispose()
    {
        _norm.Dispose();
        _reduction.Dispose();
    }

    /// <summary>The four pixels of a neighbourhood: top left, bottom left, top right, bottom right; normalised.</summary>
    private readonly struct CornerRows(nint map, MapSize size, int channels, LayerNormKernel norm) : IRowSource
    {
        public void Copy(int row, float* target)
        {
            int perRow = (size.Width + 1) / 2;
            int top = row / perRow * 2, left = row % perRow * 2;
            using ScratchLoan cornersLoan = ThreadScratch.Take(Scratch.Hidden, 4L * channels, out float* corners);
            for (int corner = 0; corner < 4; corner++)
            {
                int y = top + corner % 2, x = left + corner / 2;
                var to = new Span<float>(corners + corner * channels, channels);
                if (y < size.Height && x < size.Width)
                {
                    new Span<float>((float*)map + ((long)y * size.Width + x) * channels, channels).CopyTo(to);
                }
                else
                {
                    to.Clear();
                }
            }

            norm.Apply(corners, target);
        }
    }
}
