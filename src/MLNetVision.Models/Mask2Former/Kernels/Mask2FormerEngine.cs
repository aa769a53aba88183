using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Swin.Kernels;

namespace MLNetVision.Models.Mask2Former.Kernels;

/// <summary>A Mask2Former forward pass, one image at a time, from pixels to class and mask logits.</summary>
internal sealed unsafe class Mask2FormerEngine : IDisposable
{
    private readonly Mask2FormerConfig _config;
    private readonly SwinInference _backbone;
    private readonly PixelDecoderInference _pixelDecoder;
    private readonly MaskedDecoderInference _maskedDecoder;
    private readonly BufferPool _pool;
    private readonly int _maskHalvings; // from the patches to the map of which masks are made

    /// <param name="config">The settings, valid.</param>
    /// <param name="model">The weights of the model with its class head.</param>
    /// <param name="precision">In which numbers the layers multiply.</param>
    /// <param name="pool">Lends the memory of a pass; the engine disposes it.</param>
    public Mask2FormerEngine(Mask2FormerConfig config, WeightScope model, ScoringPrecision precision, BufferPool pool)
    {
        _config = config;
        _pool = pool;
        WeightScope pixels = model.In("model").In("pixel_level_module");
        _backbone = new SwinInference(config.BackboneConfig, pixels.In("encoder"), precision);
        _pixelDecoder = new PixelDecoderInference(config, pixels.In("decoder"), precision);
        _maskedDecoder = new MaskedDecoderInference(config, model, precision);

        IReadOnlyList<string> features = config.BackboneConfig.FeaturesBySize;
        string finest = config.FpnLevels > 0 ? features[0] : features[^Mask2FormerConfig.FeatureLevels];
        _maskHalvings = Math.Max(0, config.BackboneConfig.StageIndex(finest) - 1);
    }

    /// <summary>The most floats that passes have taken at once.</summary>
    public long PeakFloats => _pool.PeakFloats;

    /// <summary>The size of the mask logits for an image of a size: that of the map which the pixel decoder ends with.</summary>
    public MapSize MaskSize(MapSize image)
    {
        return new MapSize(Side(image.Height), Side(image.Width));

        // Rounded up at each step: maps are padded to whole patches and neighbourhoods.
        int Side(int side)
        {
            side = (side + _config.BackboneConfig.PatchSize - 1) / _config.BackboneConfig.PatchSize;
            for (int i = 0; i < _maskHalvings; i++)
            {
                side = (side + 1) / 2;
            }

            return side;
        }
    }

    /// <summary>Predicts a batch.</summary>
    /// <param name="pixels">(images, channels, height, width).</param>
    /// <param name="images">The number of images.</param>
    /// <param name="size">Their size.</param>
    /// <param name="classes">(images, queries, classes + 1), written.</param>
    /// <param name="masks">(images, queries, height, width) of <see cref="MaskSize"/>, written.</param>
    public void Run(ReadOnlySpan<float> pixels, int images, MapSize size, Span<float> classes, Span<float> masks)
    {
        LoadedTorch.Look(); // for KernelThreads
        int pixelLength = _config.BackboneConfig.NumChannels * size.Area;
        int classLength = _config.NumQueries * (_config.NumLabels + 1), maskLength = _config.NumQueries * MaskSize(size).Area;
        fixed (float* input = pixels, classStart = classes, maskStart = masks)
        {
            for (int image = 0; image < images; image++)
            {
                using var loans = new BufferLoans(_pool);
                List<SwinFeature> features = _backbone.Run(input + (long)image * pixelLength, size, loans);
                using PixelFeatures decoded = _pixelDecoder.Run(features, loans);
                _maskedDecoder.Run(decoded, loans, classStart + (long)image * classLength, maskStart + (long)image * maskLength);
            }
        }
    }

    public void Dispose()
    {
        _backbone.Dispose();
        _pixelDecoder.Dispose();
        _maskedDecoder.Dispose();
        _pool.Dispose();
    }
}
