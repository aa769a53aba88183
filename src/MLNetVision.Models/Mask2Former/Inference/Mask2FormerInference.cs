using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Kernels;
using MLNetVision.Models.Swin.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.Inference;

/// <summary>
/// Mask2Former for prediction on the CPU: the results of
/// <see cref="Mask2FormerForUniversalSegmentation"/> in evaluation mode, within rounding, in less time and memory.
/// </summary>
/// <remarks>
/// <para>Weights are copied and packed when it is built; the model may be disposed then, and later changes of the model
/// have no effect. Attention masks are predicted at their level's own resolution, and one mask of full resolution is
/// made for each query. Images of a batch are run one by one, so that a result never depends on its neighbours.</para>
/// <para>It uses as many threads as torch.get_num_threads() says, and may itself be called from several threads. The
/// memory that a call needs is kept for the next one until the object is disposed.</para>
/// </remarks>
public sealed class Mask2FormerInference : IDisposable
{
    private readonly SwinInference _backbone;
    private readonly PixelDecoderInference _pixelDecoder;
    private readonly MaskedDecoderInference _maskedDecoder;
    private readonly BufferPool _pool;

    /// <summary>Packs a model's weights.</summary>
    /// <param name="model">The model.</param>
    /// <param name="precision">In which numbers the layers multiply.</param>
    /// <exception cref="NotSupportedException">The model has an activation that the prediction form does not know; the message names it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not one of the enumeration.</exception>
    public Mask2FormerInference(Mask2FormerForUniversalSegmentation model, ScoringPrecision precision = ScoringPrecision.Single)
        : this(model, precision, new BufferPool())
    {
    }

    internal Mask2FormerInference(Mask2FormerForUniversalSegmentation model, ScoringPrecision precision, BufferPool pool)
    {
        ArgumentNullException.ThrowIfNull(model);
        ScoringPrecisions.Check(precision);
        _pool = pool;
        Config = model.Config;
        Precision = precision;
        _backbone = new SwinInference(model.Model.Backbone, precision);
        _pixelDecoder = new PixelDecoderInference(model.Model.PixelDecoder, Config, precision);
        _maskedDecoder = new MaskedDecoderInference(model, precision);
    }

    /// <summary>The settings of the model.</summary>
    public Mask2FormerConfig Config { get; }

    /// <summary>In which numbers the layers multiply.</summary>
    public ScoringPrecision Precision { get; }

    /// <summary>The most memory in bytes that calls have taken at once beside weights and results.</summary>
    public long PeakWorkspaceBytes => _pool.PeakFloats * sizeof(float);

    /// <summary>Predicts class and mask logits.</summary>
    /// <param name="pixelValues">Float, (batch, channels, height, width), normalised; any size.</param>
    /// <returns>Class logits (batch, queries, classes + 1) and mask logits (batch, queries, height / 4, width / 4), float32 on the CPU.</returns>
    /// <exception cref="ArgumentException">The input has another rank or channel count.</exception>
    public Mask2FormerPrediction Predict(Tensor pixelValues)
    {
        ArgumentNullException.ThrowIfNull(pixelValues);
        int channels = Config.BackboneConfig.NumChannels;
        if (pixelValues.dim() != 4 || pixelValues.shape[1] != channels)
        {
            throw new ArgumentException(
                $"Expected pixel values of shape (batch, {channels}, height, width), got ({string.Join(", ", pixelValues.shape)}).", nameof(pixelValues));
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor images = pixelValues.detach().to(float32).cpu().contiguous();
        var size = new MapSize((int)images.shape[2], (int)images.shape[3]);
        List<Tensor> classes = [], masks = [];
        for (int image = 0; image < images.shape[0]; image++)
        {
            (Tensor imageClasses, Tensor imageMasks) = Predict(images[image], size);
            classes.Add(imageClasses);
            masks.Add(imageMasks);
        }

        return new Mask2FormerPrediction(Batch(classes).MoveToOuterDisposeScope(), Batch(masks).MoveToOuterDisposeScope());
    }

    /// <summary>Frees weights and memory.</summary>
    public void Dispose()
    {
        _backbone.Dispose();
        _pixelDecoder.Dispose();
        _maskedDecoder.Dispose();
        _pool.Dispose();
    }

    private static Tensor Batch(List<Tensor> images) => images.Count == 1 ? images[0].unsqueeze(0) : stack(images);

    private (Tensor Classes, Tensor Masks) Predict(Tensor image, MapSize size)
    {
        using var loans = new BufferLoans(_pool);
        List<SwinFeature> features = _backbone.Run(image, size, loans);
        using PixelFeatures pixels = _pixelDecoder.Run(features, loans);
        Tensor classes = empty(Config.NumQueries, Config.NumLabels + 1);
        Tensor masks = empty(Config.NumQueries, pixels.FinestSize.Height, pixels.FinestSize.Width);
        _maskedDecoder.Run(pixels, loans, classes, masks);
        return (classes, masks);
    }
}

/// <summary>What the queries of each image predict. The tensors belong to the caller's dispose scope.</summary>
/// <param name="ClassQueriesLogits">The class logits, (batch, queries, classes + 1); the last class is "no object".</param>
/// <param name="MasksQueriesLogits">The mask logits, (batch, queries, height / 4, width / 4).</param>
public sealed record Mask2FormerPrediction(Tensor ClassQueriesLogits, Tensor MasksQueriesLogits);
