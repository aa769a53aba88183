using System.Numerics.Tensors;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Processing;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace MLNetVision.Models.Pipelines;

/// <summary>
/// LeViT behind one engine: pictures in, probabilities and features out. It runs in its fused form. Any number of threads may
/// use it.
/// </summary>
internal sealed class LevitScoringEngine : IDisposable
{
    /// <summary>Besides its kernels the fused form has one in libtorch's operators.</summary>
    public const bool HasLibTorchForm = true;

    private readonly LevitImageProcessor _processor;
    private readonly LevitInference _fused;
    private readonly ModelGate _gate;

    private LevitScoringEngine(LevitImageProcessorConfig preprocessing, LevitInference fused, ModelOwner owner)
    {
        (_processor, _fused) = (new LevitImageProcessor(preprocessing), fused);
        _gate = new ModelGate(owner);
    }

    /// <summary>An engine with a copy of a module's weights.</summary>
    /// <param name="module">The network in eval mode.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="preprocessing">How pictures become its input.</param>
    /// <param name="engine">What computes.</param>
    /// <param name="owner">What the user calls disposed.</param>
    public static LevitScoringEngine Of(nn.Module module, LevitConfig config, LevitImageProcessorConfig preprocessing, EngineChoice engine, ModelOwner owner) =>
        new(preprocessing, LevitInference.FromWeights(config, module.state_dict(), engine), owner);

    /// <summary>An engine with the weights of a checkpoint or of a model file.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="engine">What computes.</param>
    /// <param name="owner">What the user calls disposed.</param>
    /// <param name="warning">Told what is odd about the checkpoint, and what was left out of it.</param>
    public static LevitScoringEngine Of(LevitCheckpoint checkpoint, EngineChoice engine, ModelOwner owner, Action<string> warning) =>
        new(checkpoint.Preprocessing, checkpoint.LoadInference(engine, warning), owner);

    /// <summary>Makes the network's input of pictures that must all be readable; it may be called while the network runs.</summary>
    /// <exception cref="InvalidDataException">One cannot be decoded.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public LevitInputs Prepare(ImageSource[] sources)
    {
        ThrowIfDisposed();
        return new LevitInputs(sources.Length, _processor.ProcessPixels(sources), [.. Enumerable.Range(0, sources.Length)]);
    }

    /// <summary>Makes the network's input of those pictures that can be read; it may be called while the network runs.</summary>
    /// <param name="sources">The pictures; null where there is none.</param>
    /// <param name="unreadable">Told the place of a picture that cannot be read, and why; on any thread.</param>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public LevitInputs Prepare(ReadOnlySpan<ImageSource?> sources, Action<int, string> unreadable)
    {
        ThrowIfDisposed();
        (PixelValues? input, int[] places) = ReadablePictures.Prepare(sources, _processor.ProcessPixels, Join, unreadable);
        return new LevitInputs(sources.Length, input, places);
    }

    /// <summary>Runs the network once over a batch.</summary>
    /// <param name="inputs">The batch.</param>
    /// <param name="wantsProbabilities">Without them the heads are not computed.</param>
    /// <param name="wantsFeatures">Whether the features are kept.</param>
    /// <returns>A result for each picture; null where it could not be read. What was not wanted is empty.</returns>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public LevitResult?[] Score(LevitInputs inputs, bool wantsProbabilities, bool wantsFeatures)
    {
        var results = new LevitResult?[inputs.Count];
        if (inputs.Input is not { } input)
        {
            return results;
        }

        (float[] probabilities, float[] features) = _gate.Enter(() => Run(input, wantsProbabilities, wantsFeatures));
        int[] places = inputs.Places;
        int classes = probabilities.Length / places.Length;
        int width = features.Length / places.Length;
        for (int i = 0; i < places.Length; i++)
        {
            results[places[i]] = new LevitResult(
                probabilities[(i * classes)..((i + 1) * classes)], features[(i * width)..((i + 1) * width)]);
        }

        return results;
    }

    /// <summary>The logits of images that are tensors already, on their device.</summary>
    /// <param name="pixelValues">[N, channels, image_size, image_size], float32, normalised.</param>
    public Tensor Logits(Tensor pixelValues) => _gate.Enter(() =>
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        return _fused.Logits(pixelValues).to(pixelValues.device).MoveToOuterDisposeScope();
    });

    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public void ThrowIfDisposed() => _gate.ThrowIfDisposed();

    /// <summary>Frees the network after the last score that is under way.</summary>
    /// <returns>False if that was done before.</returns>
    public bool Close()
    {
        if (!_gate.Close())
        {
            return false;
        }

        _fused.Dispose();
        return true;
    }

    public void Dispose() => Close();

    // Of equal sizes: a processor makes no others of one batch.
    private static PixelValues Join(PixelValues[] inputs) =>
        new([.. inputs.SelectMany(input => input.Values)], inputs.Sum(input => input.Images), inputs[0].Height, inputs[0].Width);

    // (N, 3, H, W) -> (N · classes), (N · features), of which what is not wanted is empty
    private (float[] Probabilities, float[] Features) Run(PixelValues input, bool wantsProbabilities, bool wantsFeatures)
    {
        LevitInput.Check([input.Images, PixelValues.Channels, input.Height, input.Width], _fused.Config, smallestBatch: 1, "pictures");
        float[] probabilities = wantsProbabilities ? new float[input.Images * _fused.Config.NumLabels] : [];
        float[] features = wantsFeatures ? new float[input.Images * _fused.Config.HiddenSizes[^1]] : [];
        _fused.Score(input.Values, input.Images, probabilities, features);
        foreach (Memory<float> row in wantsProbabilities ? Rows(probabilities, _fused.Config.NumLabels) : [])
        {
            SoftMax(row.Span);
        }

        return (probabilities, features);
    }

    private static IEnumerable<Memory<float>> Rows(float[] values, int width) => Enumerable.Range(0, values.Length / width).Select(i => values.AsMemory(i * width, width));

    // The largest is taken off first: exp of a large logit is infinite.
    private static void SoftMax(Span<float> row)
    {
        TensorPrimitives.Subtract(row, TensorPrimitives.Max<float>(row), row);
        TensorPrimitives.Exp<float>(row, row);
        TensorPrimitives.Divide(row, TensorPrimitives.Sum<float>(row), row);
    }
}
