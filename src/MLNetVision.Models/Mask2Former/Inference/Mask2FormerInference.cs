using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Naming;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Kernels;
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
/// <para>It uses as many threads as <see cref="Common.Kernels.Threads.KernelThreads.Count"/> says, and may itself be called from several
/// threads. The memory that a call needs is kept for the next one until the object is disposed. Made of a checkpoint and predicting
/// from spans, it does not load libtorch.</para>
/// </remarks>
public sealed class Mask2FormerInference : IDisposable
{
    private readonly Mask2FormerEngine _engine;

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
        : this(Checked(model).Config, new WeightScope(new TensorWeights(model.state_dict())), precision, pool)
    {
    }

    private Mask2FormerInference(Mask2FormerConfig config, WeightScope weights, ScoringPrecision precision, BufferPool pool)
    {
        ArgumentNullException.ThrowIfNull(config);
        ScoringPrecisions.Check(precision);
        config.Validate();
        Config = config;
        Precision = precision;
        _engine = new Mask2FormerEngine(config, weights, precision, pool);
    }

    /// <summary>The settings of the model.</summary>
    public Mask2FormerConfig Config { get; }

    /// <summary>In which numbers the layers multiply.</summary>
    public ScoringPrecision Precision { get; }

    /// <summary>The most memory in bytes that calls have taken at once beside weights and results.</summary>
    public long PeakWorkspaceBytes => _engine.PeakFloats * sizeof(float);

    /// <summary>Loads a trained model.</summary>
    /// <param name="source">
    /// A folder in Hugging Face's form, a weights file (safetensors, or what torch.save writes) with its config.json
    /// beside it, or a model id such as "facebook/mask2former-swin-tiny-coco-instance". Keys under the original repository's names are mapped.
    /// </param>
    /// <param name="options">Config, labels, strictness, download. No weights are made anew: the checkpoint must have all, and a generator is refused.</param>
    /// <param name="precision">In which numbers the layers multiply.</param>
    /// <exception cref="FileNotFoundException">The folder has no weights or no config.json.</exception>
    /// <exception cref="InvalidDataException">The config or the weights are broken, or a weight is missing or does not fit the config; the message names the key.</exception>
    /// <exception cref="CheckpointMismatchException">The checkpoint has keys that are not used, in strict mode.</exception>
    /// <exception cref="HubException">A model id cannot be downloaded.</exception>
    /// <exception cref="NotSupportedException">The model has an activation that the prediction form does not know; the message names it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not one of the enumeration.</exception>
    public static Mask2FormerInference FromPretrained(string source, PretrainedOptions? options = null, ScoringPrecision precision = ScoringPrecision.Single)
    {
        ScoringPrecisions.Check(precision);
        return Mask2FormerPretrained.Weights.Read(source, options, (config, weights) => new Mask2FormerInference(config, weights, precision, new BufferPool()));
    }

    /// <summary>Packs the weights of a checkpoint.</summary>
    /// <param name="config">Validated here.</param>
    /// <param name="checkpoint">The weights under Hugging Face's or the original repository's names; others are not read. It stays open.</param>
    /// <param name="precision">In which numbers the layers multiply.</param>
    /// <exception cref="InvalidDataException">A weight is missing or does not fit; the message names the key.</exception>
    /// <exception cref="NotSupportedException">The model has an activation that the prediction form does not know; the message names it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not one of the enumeration.</exception>
    public static Mask2FormerInference FromCheckpoint(Mask2FormerConfig config, ICheckpoint checkpoint, ScoringPrecision precision = ScoringPrecision.Single)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return new Mask2FormerInference(config, new WeightScope(new CheckpointWeights(Mask2FormerKeyNames.All.Adapt(checkpoint))), precision, new BufferPool());
    }

    /// <summary>The size of the mask logits for images of a size, usually a quarter of it.</summary>
    /// <param name="height">The images' height, at least 1.</param>
    /// <param name="width">The images' width, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    public (int Height, int Width) MaskSize(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        MapSize size = _engine.MaskSize(new MapSize(height, width));
        return (size.Height, size.Width);
    }

    /// <summary>Predicts class and mask logits without torch, into memory of the caller's.</summary>
    /// <param name="pixelValues">(images, channels, height, width), normalised; any size.</param>
    /// <param name="images">The number of images, at least 1.</param>
    /// <param name="height">Their height, at least 1.</param>
    /// <param name="width">Their width, at least 1.</param>
    /// <param name="classLogits">Takes the class logits, (images, queries, classes + 1).</param>
    /// <param name="maskLogits">Takes the mask logits, (images, queries, <see cref="MaskSize"/>).</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void Predict(ReadOnlySpan<float> pixelValues, int images, int height, int width, Span<float> classLogits, Span<float> maskLogits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(images, 1);
        (int maskHeight, int maskWidth) = MaskSize(height, width);
        CheckLength(pixelValues.Length, nameof(pixelValues), images, Config.BackboneConfig.NumChannels, height, width);
        CheckLength(classLogits.Length, nameof(classLogits), images, Config.NumQueries, Config.NumLabels + 1);
        CheckLength(maskLogits.Length, nameof(maskLogits), images, Config.NumQueries, maskHeight, maskWidth);
        _engine.Run(pixelValues, images, new MapSize(height, width), classLogits, maskLogits);
    }

    /// <summary>Predicts class and mask logits of what an image processor made, without torch.</summary>
    /// <param name="pixels">The pictures.</param>
    /// <exception cref="ArgumentException">The model reads another number of channels.</exception>
    public Mask2FormerLogits Predict(PixelValues pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        (int height, int width) = MaskSize(pixels.Height, pixels.Width);
        float[] classes = GC.AllocateUninitializedArray<float>(pixels.Images * Config.NumQueries * (Config.NumLabels + 1));
        float[] masks = GC.AllocateUninitializedArray<float>(checked(pixels.Images * Config.NumQueries * height * width));
        Predict(pixels.Values, pixels.Images, pixels.Height, pixels.Width, classes, masks);
        return new Mask2FormerLogits(classes, masks, pixels.Images, Config.NumQueries, Config.NumLabels, height, width);
    }

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
        MapSize maskSize = _engine.MaskSize(size);
        Tensor classes = empty(images.shape[0], Config.NumQueries, Config.NumLabels + 1);
        Tensor masks = empty(images.shape[0], Config.NumQueries, maskSize.Height, maskSize.Width);
        for (int image = 0; image < images.shape[0]; image++)
        {
            _engine.Run(Part(images, image), images: 1, size, Part(classes, image), Part(masks, image));
        }

        return new Mask2FormerPrediction(classes.MoveToOuterDisposeScope(), masks.MoveToOuterDisposeScope());
    }

    /// <summary>Frees weights and memory.</summary>
    public void Dispose() => _engine.Dispose();

    private static Mask2FormerForUniversalSegmentation Checked(Mask2FormerForUniversalSegmentation model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model;
    }

    private static Span<float> Part(Tensor batch, int image)
    {
        int length = checked((int)(batch.numel() / batch.shape[0]));
        return TensorMemory.Floats(batch, (long)image * length, length);
    }

    private static void CheckLength(int length, string name, params ReadOnlySpan<int> shape)
    {
        long expected = 1;
        foreach (int side in shape)
        {
            expected *= side;
        }

        if (length != expected)
        {
            throw new ArgumentException($"Expected {expected} numbers of the shape ({string.Join(", ", shape.ToArray())}), got {length}.", name);
        }
    }
}

/// <summary>What the queries of each image predict. The tensors belong to the caller's dispose scope.</summary>
/// <param name="ClassQueriesLogits">The class logits, (batch, queries, classes + 1); the last class is "no object".</param>
/// <param name="MasksQueriesLogits">The mask logits, (batch, queries, height / 4, width / 4).</param>
public sealed record Mask2FormerPrediction(Tensor ClassQueriesLogits, Tensor MasksQueriesLogits);
