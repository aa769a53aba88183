using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Norm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Swin.Blocks;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Swin.Windows.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

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
    private readonly SwinEmbeddings? _absolutePositions;
    private readonly List<SwinInferenceBlock[]> _stages = [];
    private readonly List<SwinInferenceMerging> _mergings = [];
    private readonly Dictionary<string, LayerNormKernel> _outputNorms = new(StringComparer.Ordinal);

    public SwinInference(SwinBackbone backbone, ScoringPrecision precision)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _config = backbone.Config;
        _outFeatures = backbone.OutFeatures;
        Convolution2d projection = backbone.Embeddings.PatchEmbeddings.Projection;
        _patches = PackedPanels.From(projection.Weight.flatten(1), projection.Bias, precision);
        _embeddingNorm = new LayerNormKernel(backbone.Embeddings.Norm);
        _absolutePositions = _config.UseAbsoluteEmbeddings ? backbone.Embeddings : null;
        var masks = new PackedWindowMasks(_config.WindowSize);
        int stages = _config.StageIndex(_outFeatures[^1]);
        for (int i = 0; i < stages; i++)
        {
            SwinStage stage = backbone.Stages[i];
            _stages.Add([.. stage.Blocks.Select(block => new SwinInferenceBlock(block, _config, masks, precision))]);
            if (i < stages - 1)
            {
                _mergings.Add(new SwinInferenceMerging(stage.Downsample!, precision));
            }
        }

        foreach (string name in _outFeatures)
        {
            _outputNorms[name] = new LayerNormKernel(backbone.NormOf(name));
        }
    }

    /// <summary>Computes the maps of one image, float32 and contiguous on the CPU.</summary>
    public List<SwinFeature> Run(Tensor image, MapSize size, BufferLoans loans) => Run(TensorMemory.Address<float>(image), size, loans);

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

    private SwinFeature Embed(float* image, MapSize size, BufferLoans loans)
    {
        int patch = _config.PatchSize;
        var grid = new MapSize((size.Height + patch - 1) / patch, (size.Width + patch - 1) / patch);
        var map = new SwinFeature(loans.Rent((long)grid.Area * _config.EmbedDim), grid, _config.EmbedDim);
        MatrixProduct.Compute(grid.Area, new PatchRows((nint)image, size, _config.NumChannels, patch), _patches, map.Rows);
        _embeddingNorm.ApplyParallel(map.Buffer.Pointer, map.Buffer.Pointer, grid.Area);
        if (_absolutePositions is not null)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            using NativeBuffer positions = FloatCopy.Of(_absolutePositions.PositionsFor(grid.Height, grid.Width)!);
            var values = new Span<float>(map.Buffer.Pointer, grid.Area * _config.EmbedDim);
            System.Numerics.Tensors.TensorPrimitives.Add(values, positions.Span[..values.Length], values);
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

    public SwinInferenceMerging(SwinPatchMerging merging, ScoringPrecision precision)
    {
        _norm = new LayerNormKernel(merging.Norm);
        _reduction = PackedPanels.From(merging.Reduction.weight!, bias: null, precision);
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
