using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Layers;

namespace MLNetVision.Models.Levit.Kernels;

/// <summary>
/// The four convolutions of the stem as products over padded planes, whose channels are consecutive: a line of the
/// kernel is then one run of numbers, and nothing is gathered.
/// </summary>
internal sealed unsafe class LevitKernelStem : IDisposable
{
    private readonly LevitConfig _config;
    private readonly PackedPanels[] _weights;

    /// <summary>The side of each convolution's input, and last of the tokens.</summary>
    private readonly int[] _sides;

    /// <param name="config">The model's settings.</param>
    /// <param name="weights">The model's weights.</param>
    /// <param name="precision">In which numbers all convolutions but the first, which is small, multiply.</param>
    public LevitKernelStem(LevitConfig config, WeightScope weights, ScoringPrecision precision)
    {
        _config = config;
        _sides = new int[5];
        _sides[0] = _config.ImageSize;
        _weights = new PackedPanels[4];
        for (int i = 0; i < _weights.Length; i++)
        {
            _sides[i + 1] = (_sides[i] + 2 * _config.Padding - _config.KernelSize) / _config.Stride + 1;
            LevitFoldedLayer layer = LevitPatchEmbeddings.Fold(weights, config, i);
            _weights[i] = i == 0 ? PackFirst(layer) : Pack(layer, precision);
        }
    }

    /// <summary>The elements of each plane: the input's lines are interleaved by channel, the others' channels by pixel.</summary>
    public IReadOnlyList<long> PlaneElements =>
        [.. Enumerable.Range(0, 4).Select(i => (long)PaddedSide(i) * PaddedSide(i) * (i == 0 ? _config.NumChannels : _weights[i - 1].OutputPitch))];

    /// <summary>The largest step from pixel to pixel.</summary>
    public int LargestPitch => _config.Stride * _weights.Max(weights => weights.OutputPitch);

    /// <summary>Makes the tokens of one image.</summary>
    /// <param name="workspace">The planes.</param>
    /// <param name="team">Who does it.</param>
    /// <param name="pixels">[channels, side, side].</param>
    /// <param name="tokens">[tokens, width].</param>
    public void Run(LevitKernelWorkspace workspace, KernelTeam team, float* pixels, float* tokens)
    {
        team.Run(new PadJob(this, pixels, workspace.Plane(0)), _config.ImageSize);
        for (int i = 0; i < _weights.Length; i++)
        {
            float* target = i < _weights.Length - 1 ? workspace.Plane(i + 1) : tokens;
            team.Run(new ConvolutionJob(this, i, workspace.Plane(i), target), _sides[i + 1]);
        }
    }

    public void Dispose() => Array.ForEach(_weights, weights => weights.Dispose());

    private int PaddedSide(int index) => _sides[index] + 2 * _config.Padding;

    /// <summary>Runs of the first convolution: for each line of the kernel, for each channel, the line's elements.</summary>
    private PackedPanels PackFirst(LevitFoldedLayer layer)
    {
        (int kernel, int channels) = (_config.KernelSize, _config.NumChannels);
        (float[] weight, float[] bias) = layer;
        return new PackedPanels(
            kernel * channels, kernel, bias.Length,
            (output, k) => weight[((output * channels + k / kernel % channels) * kernel + k / kernel / channels) * kernel + k % kernel],
            output => bias[output]);
    }

    /// <summary>Runs of the others: for each line of the kernel its pixels' channels, padded as in the plane.</summary>
    private PackedPanels Pack(LevitFoldedLayer layer, ScoringPrecision precision)
    {
        int kernel = _config.KernelSize, channels = layer.Inputs / kernel / kernel;
        (float[] weight, float[] bias) = layer;
        int pitch = PackedPanels.Pad(channels);
        return new PackedPanels(
            kernel, kernel * pitch, bias.Length,
            (output, k) => k % pitch < channels
                ? weight[((output * channels + k % pitch) * kernel + k / pitch / kernel) * kernel + k / pitch % kernel]
                : 0,
            output => bias[output],
            precision);
    }

    /// <summary>Copies an image's lines into the padded plane [line, channel, pixel]; a part is a line.</summary>
    private sealed class PadJob(LevitKernelStem stem, float* pixels, float* plane) : IKernelJob
    {
        public void Run(int part, int worker)
        {
            (int side, int padding, int channels) = (stem._config.ImageSize, stem._config.Padding, stem._config.NumChannels);
            for (int channel = 0; channel < channels; channel++)
            {
                float* line = plane + (long)((part + padding) * channels + channel) * stem.PaddedSide(0) + padding;
                new ReadOnlySpan<float>(pixels + ((long)channel * side + part) * side, side).CopyTo(new Span<float>(line, side));
            }
        }
    }

    /// <summary>One convolution; a part is a line of its output.</summary>
    private sealed class ConvolutionJob(LevitKernelStem stem, int index, float* source, float* target) : IKernelJob
    {
        public void Run(int part, int worker)
        {
            bool isFirst = index == 0;
            bool isLast = index == stem._weights.Length - 1;
            (int stride, int padding) = (stem._config.Stride, stem._config.Padding);
            PackedPanels weights = stem._weights[index];
            int pixelPitch = isFirst ? 1 : stem._weights[index - 1].OutputPitch;
            int linePitch = stem.PaddedSide(index) * pixelPitch;
            long lines = isFirst ? stem._config.NumChannels : 1;
            float* line = isLast
                ? target + (long)part * stem._sides[index + 1] * weights.OutputPitch
                : target + ((long)(part + padding) * stem.PaddedSide(index + 1) + padding) * weights.OutputPitch;
            var tile = new GemmTile
            {
                A = source + part * stride * lines * linePitch,
                APitch = stride * pixelPitch,
                RunStride = linePitch,
                Rows = stem._sides[index + 1],
                Hardswish = !isLast,
                C = line,
                CPitch = weights.OutputPitch,
            };
            weights.Multiply(in tile, 0, weights.Panels);
        }
    }
}
