using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Norm;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Kernels.Vectors;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Kernels.Products;

/// <summary>
/// Two linear layers with an activation between, after a layer norm if there is one, and their gradients, a piece of rows at
/// a time, so that hidden states stay in the cache.
/// </summary>
internal sealed unsafe class MlpKernel
{
    private readonly bool _gelu;
    private readonly int _channels;
    private readonly int _hidden;
    private readonly int _outputs;
    private readonly float* _upWeight;
    private readonly float* _upBias;
    private readonly float* _downWeight;
    private readonly float* _downBias;
    private readonly LayerNormRow? _norm;

    /// <param name="parameters">
    /// The first layer's weight (hidden, channels) and bias, the second's (outputs, hidden) and bias, and the norm's weight and
    /// bias if there is one.
    /// </param>
    /// <param name="activation">relu or gelu.</param>
    /// <param name="epsilon">The norm's.</param>
    public MlpKernel(ReadOnlySpan<Tensor> parameters, string activation, double epsilon)
    {
        (_hidden, _channels, _outputs) = ((int)parameters[0].shape[0], (int)parameters[0].shape[1], (int)parameters[2].shape[0]);
        _gelu = activation == "gelu";
        _upWeight = TensorMemory.Address<float>(parameters[0]);
        _upBias = TensorMemory.Address<float>(parameters[1]);
        _downWeight = TensorMemory.Address<float>(parameters[2]);
        _downBias = TensorMemory.Address<float>(parameters[3]);
        _norm = parameters.Length == 4
            ? null : new LayerNormRow(_channels, (float)epsilon, TensorMemory.Address<float>(parameters[4]), TensorMemory.Address<float>(parameters[5]));
    }

    /// <summary>Whether the kernel takes these layers and rows on this processor.</summary>
    /// <param name="activation">Its name in config.json.</param>
    /// <param name="tensors">The input and all parameters.</param>
    public static bool Supports(string activation, params ReadOnlySpan<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
        {
            if (!LinearProducts.Supports(tensor))
            {
                return false;
            }
        }

        return ActivationKernel.IsKnown(activation);
    }

    /// <summary>The output.</summary>
    /// <param name="x">(count, channels).</param>
    /// <param name="count">The rows.</param>
    /// <param name="y">(count, outputs), written.</param>
    public void Forward(float* x, int count, float* y)
    {
        int size = PieceRows(count);
        using ScratchLoan hiddenLoan = ThreadScratch.Take(Scratch.Hidden, (long)size * _hidden, out float* hidden);
        using ScratchLoan normedLoan = TakeNormed(size, out float* normed);
        for (int first = 0; first < count; first += size)
        {
            int rows = Math.Min(size, count - first);
            LinearProducts.Output(Normed(x + (long)first * _channels, rows, normed), rows, _upWeight, _upBias, new Rows(hidden, _hidden));
            Activate(hidden, rows);
            LinearProducts.Output(new Rows(hidden, _hidden), rows, _downWeight, _downBias, new Rows(y + (long)first * _outputs, _outputs));
        }
    }

    /// <summary>The gradients, all of which are written.</summary>
    /// <param name="x">(count, channels).</param>
    /// <param name="outputGradient">(count, outputs).</param>
    /// <param name="count">The rows, at least one.</param>
    /// <param name="inputGradient">(count, channels).</param>
    /// <param name="parameters">Of the parameters; the norm's are zeros, added to.</param>
    public void Backward(float* x, float* outputGradient, int count, float* inputGradient, MlpGradients parameters)
    {
        int size = PieceRows(count);
        using ScratchLoan hiddenLoan = ThreadScratch.Take(Scratch.Hidden, (long)size * _hidden, out float* hidden);
        using ScratchLoan gradientLoan = ThreadScratch.Take(Scratch.Context, (long)size * _hidden, out float* gradient);
        using ScratchLoan normedLoan = TakeNormed(size, out float* normed);
        for (int first = 0; first < count; first += size)
        {
            int rows = Math.Min(size, count - first);
            bool add = first > 0;
            float* source = x + (long)first * _channels, sourceGradient = inputGradient + (long)first * _channels;
            Rows input = Normed(source, rows, normed), incoming = new(outputGradient + (long)first * _outputs, _outputs);
            Rows hiddenStates = new(hidden, _hidden), stateGradient = new(gradient, _hidden);
            LinearProducts.Output(input, rows, _upWeight, _upBias, hiddenStates);
            LinearProducts.InputGradient(incoming, rows, _downWeight, stateGradient);
            Activate(hidden, gradient, rows);
            LinearProducts.InputGradient(stateGradient, rows, _upWeight, new Rows(sourceGradient, _channels));
            LinearProducts.WeightGradient(stateGradient, input, rows, (float*)parameters.UpWeight, add);
            LinearProducts.BiasGradient(stateGradient, rows, (float*)parameters.UpBias, add);
            LinearProducts.WeightGradient(incoming, hiddenStates, rows, (float*)parameters.DownWeight, add);
            LinearProducts.BiasGradient(incoming, rows, (float*)parameters.DownBias, add);
            for (int row = 0; _norm is { } norm && row < rows; row++)
            {
                long place = (long)row * _channels;
                norm.Backward(source + place, sourceGradient + place, sourceGradient + place, (float*)parameters.NormWeight, (float*)parameters.NormBias);
            }
        }
    }

    // Memory for so many rows after the norm, if there is one.
    private ScratchLoan TakeNormed(int rows, out float* normed)
    {
        normed = null;
        return _norm is null ? default : ThreadScratch.Take(Scratch.Projected, (long)rows * _channels, out normed);
    }

    // The rows after the norm.
    private Rows Normed(float* x, int rows, float* normed)
    {
        if (_norm is not { } norm)
        {
            return new Rows(x, _channels);
        }

        nint source = (nint)x, target = (nint)normed;
        Workers.ForRanges(rows, (first, last) =>
        {
            for (long row = first; row < last; row++)
            {
                norm.Forward((float*)source + row * _channels, (float*)target + row * _channels);
            }
        });
        return new Rows(normed, _channels);
    }

    private void Activate(float* states, int rows)
    {
        nint start = (nint)states;
        Workers.ForRanges(rows, (first, last) => ActivationKernel.Apply(_gelu, (float*)start + (long)first * _hidden, (long)(last - first) * _hidden));
    }

    private void Activate(float* states, float* gradients, int rows)
    {
        nint start = (nint)states, outer = (nint)gradients;
        Workers.ForRanges(rows, (first, last) => ActivationKernel.Apply(
            _gelu, (float*)start + (long)first * _hidden, (float*)outer + (long)first * _hidden, (long)(last - first) * _hidden));
    }

    // Pieces are equally large, that none of them is too small for its products.
    private int PieceRows(int count)
    {
        int pieces = Math.Max(1, count / Math.Max(PieceSizes.LeastMlpRows, PieceSizes.TrainedFloats / _hidden));
        return Math.Max(1, (count + pieces - 1) / pieces);
    }
}

/// <summary>Where the gradients of an <see cref="MlpKernel"/>'s parameters go; 0 for those of a norm that there is not.</summary>
internal readonly record struct MlpGradients(nint UpWeight, nint UpBias, nint DownWeight, nint DownBias, nint NormWeight, nint NormBias);
