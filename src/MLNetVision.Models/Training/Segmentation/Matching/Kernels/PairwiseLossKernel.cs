using System.Runtime.Intrinsics;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Kernels.Vectors;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Matching.Kernels;

/// <summary>
/// <see cref="PairwiseLosses"/> on the CPU in one pass over the points: a point's logits of all queries are interpolated, and
/// what they add to every sum is added at once.
/// </summary>
internal sealed unsafe class PairwiseLossKernel
{
    private const int PointsPerPiece = 512, Width = 8; // float32 sums of a piece are added in float64
    private const int PointsPerLogarithm = 64; // factors of at most 2, whose product must be finite

    private readonly PointFeatures _features;
    private readonly int _queries;
    private readonly int _pitch;
    private readonly int _points;
    private readonly int _targets;
    private readonly float* _logits;
    private readonly float* _coordinates;
    private readonly float* _labels;
    private readonly float* _weights;

    private PairwiseLossKernel(PointFeatures features, Tensor logits, int queries, Tensor points, Tensor labels, Tensor? weights)
    {
        (_features, _queries, _pitch, _points, _targets) = (features, queries, (int)logits.shape[1], (int)points.shape[1], (int)labels.shape[0]);
        _logits = TensorMemory.Address<float>(logits);
        _coordinates = TensorMemory.Address<float>(points);
        _labels = TensorMemory.Address<float>(labels);
        _weights = weights is null ? null : TensorMemory.Address<float>(weights);
    }

    // Sums of a query: of softplus and sigmoid, then for each target of label · logit and label · sigmoid.
    private int Sums => 2 + 2 * _targets;

    private int Padded => (_queries + Width - 1) / Width * Width;

    /// <summary>Whether the kernel can read these features and is faster than the losses one by one: making masks costs most, so their pixels must not be many more than the points.</summary>
    public static bool IsFaster(PointFeatures features, Tensor points) =>
        features.Pixels is { } pixels && LinearProducts.Supports(pixels) && 2 * pixels.shape[0] <= 3 * points.shape[1];

    /// <summary>Computes the losses of an image's queries with its targets.</summary>
    /// <param name="features">The mask features, pixel by pixel.</param>
    /// <param name="embeddings">(queries, channels) float32.</param>
    /// <param name="points">(1, points, 2), x and y.</param>
    /// <param name="labels">(targets, points) in [0, 1].</param>
    /// <param name="weights">(points) in [0, 1], or null.</param>
    /// <returns>(queries, targets) each.</returns>
    public static (Tensor CrossEntropy, Tensor Dice) Compute(PointFeatures features, Tensor embeddings, Tensor points, Tensor labels, Tensor? weights)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor logits = Logits(features.Pixels!, embeddings);
        var kernel = new PairwiseLossKernel(features, logits, (int)embeddings.shape[0], points.contiguous(), labels.contiguous(), weights?.contiguous());
        Tensor crossEntropy = empty(kernel._queries, kernel._targets), dice = empty(kernel._queries, kernel._targets);
        kernel.Compute(TensorMemory.Address<float>(crossEntropy), TensorMemory.Address<float>(dice));
        return (crossEntropy.MoveToOuterDisposeScope(), dice.MoveToOuterDisposeScope());
    }

    // The masks of all queries, (pixels, queries filled up): interpolating between pixels and multiplying over channels commute.
    private static Tensor Logits(Tensor pixels, Tensor embeddings)
    {
        (int channels, int queries) = ((int)embeddings.shape[1], (int)embeddings.shape[0]);
        int padded = (queries + LinearProducts.Multiple - 1) / LinearProducts.Multiple * LinearProducts.Multiple;
        using Tensor weight = nn.functional.pad(embeddings, [0, 0, 0, padded - queries]).contiguous();
        Tensor logits = empty([pixels.shape[0], padded], ScalarType.Float32);
        LinearProducts.Output(
            new Rows(TensorMemory.Address<float>(pixels), channels), (int)pixels.shape[0], TensorMemory.Address<float>(weight), null,
            new Rows(TensorMemory.Address<float>(logits), padded));
        return logits;
    }

    private void Compute(float* crossEntropy, float* dice)
    {
        int pieces = (_points + PointsPerPiece - 1) / PointsPerPiece, perPiece = Sums * Padded;
        using var partial = new NativeBuffer((long)pieces * perPiece);
        using var labelSums = new NativeBuffer((long)pieces * (_targets + 1));
        partial.Span.Clear();
        labelSums.Span.Clear();
        Workers.For(pieces, piece => Add(piece, partial.Pointer + (long)piece * perPiece, labelSums.Pointer + piece * (_targets + 1)));
        var sums = new double[perPiece];
        var labels = new double[_targets + 1];
        for (int piece = 0; piece < pieces; piece++)
        {
            AddTo(sums, partial.Span.Slice(piece * perPiece, perPiece));
            AddTo(labels, labelSums.Span.Slice(piece * (_targets + 1), _targets + 1));
        }

        double total = _weights == null ? _points : Math.Max(1, labels[_targets]);
        for (int query = 0; query < _queries; query++)
        {
            for (int target = 0; target < _targets; target++)
            {
                double inTarget = sums[(2 + target) * Padded + query], overlap = sums[(2 + _targets + target) * Padded + query];
                crossEntropy[query * _targets + target] = (float)((sums[query] - inTarget) / total);
                dice[query * _targets + target] = (float)(1 - (2 * overlap + 1) / (sums[Padded + query] + labels[target] + 1));
            }
        }
    }

    private static void AddTo(double[] sums, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += values[i];
        }
    }

    // What a piece of the points adds; behind the labels' sums the weights'.
    private void Add(int piece, float* sums, float* labelSums)
    {
        float* logits = stackalloc float[Padded], inside = stackalloc float[Padded], factors = stackalloc float[Padded];
        new Span<float>(factors, Padded).Fill(1);
        int first = piece * PointsPerPiece, end = Math.Min(_points, first + PointsPerPiece);
        for (int point = first; point < end; point++)
        {
            float weight = _weights == null ? 1 : _weights[point];
            Interpolate(point, logits);
            AddQueries(logits, inside, factors, weight, sums);
            if ((point - first) % PointsPerLogarithm == PointsPerLogarithm - 1 || point == end - 1)
            {
                AddLogarithms(factors, sums);
            }

            labelSums[_targets] += weight;
            for (int target = 0; target < _targets; target++)
            {
                float label = _labels[(long)target * _points + point] * weight;
                if (label != 0)
                {
                    labelSums[target] += label;
                    AddScaled(logits, label, sums + (2 + target) * Padded);
                    AddScaled(inside, label, sums + (2 + _targets + target) * Padded);
                }
            }
        }
    }

    private void Interpolate(int point, float* logits)
    {
        PointNeighbours at = _features.Neighbours(_coordinates[2 * point], _coordinates[2 * point + 1]);
        float* a = _logits + (long)at.Pixel0 * _pitch, b = _logits + (long)at.Pixel1 * _pitch, c = _logits + (long)at.Pixel2 * _pitch, d = _logits + (long)at.Pixel3 * _pitch;
        Vector256<float> wa = Vector256.Create(at.Share0), wb = Vector256.Create(at.Share1), wc = Vector256.Create(at.Share2), wd = Vector256.Create(at.Share3);
        for (int i = 0; i < _queries; i += Width)
        {
            Vector256<float> upper = Vector256.FusedMultiplyAdd(wb, Vector256.Load(b + i), wa * Vector256.Load(a + i));
            Vector256<float> lower = Vector256.FusedMultiplyAdd(wd, Vector256.Load(d + i), wc * Vector256.Load(c + i));
            (upper + lower).Store(logits + i);
        }
    }

    // softplus(x) = max(x, 0) + log(1 + e^-|x|): the logarithms of many points are one of a product.
    private void AddQueries(float* logits, float* inside, float* factors, float weight, float* sums)
    {
        Vector256<float> weights = Vector256.Create(weight), one = Vector256<float>.One;
        for (int i = 0; i < _queries; i += Width)
        {
            Vector256<float> x = Vector256.Load(logits + i), small = VectorMath.Exp(-Vector256.Abs(x)), sigmoid = one / (one + small);
            Vector256<float> softplus = Vector256.Max(x, Vector256<float>.Zero);
            if (weight == 1)
            {
                (Vector256.Load(factors + i) * (one + small)).Store(factors + i);
            }
            else
            {
                softplus += Vector256.Log(one + small);
            }

            sigmoid = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), small * sigmoid, sigmoid) * weights;
            sigmoid.Store(inside + i);
            Vector256.FusedMultiplyAdd(softplus, weights, Vector256.Load(sums + i)).Store(sums + i);
            (Vector256.Load(sums + Padded + i) + sigmoid).Store(sums + Padded + i);
        }
    }

    private void AddLogarithms(float* factors, float* sums)
    {
        for (int i = 0; i < _queries; i += Width)
        {
            (Vector256.Load(sums + i) + Vector256.Log(Vector256.Load(factors + i))).Store(sums + i);
            Vector256<float>.One.Store(factors + i);
        }
    }

    private void AddScaled(float* values, float factor, float* sums)
    {
        Vector256<float> factors = Vector256.Create(factor);
        for (int i = 0; i < _queries; i += Width)
        {
            Vector256.FusedMultiplyAdd(factors, Vector256.Load(values + i), Vector256.Load(sums + i)).Store(sums + i);
        }
    }
}
