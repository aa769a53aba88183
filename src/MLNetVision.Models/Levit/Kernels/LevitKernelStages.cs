using System.Numerics.Tensors;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Heads;
using MLNetVision.Models.Levit.Layers;

namespace MLNetVision.Models.Levit.Kernels;

/// <summary>Makes the steps of each stage and counts the memory that they need.</summary>
/// <param name="config">The model's settings.</param>
/// <param name="weights">The model's weights.</param>
/// <param name="precision">In which numbers the linear layers multiply.</param>
internal sealed class LevitKernelStages(LevitConfig config, WeightScope weights, ScoringPrecision precision)
{
    private readonly IReadOnlyList<LevitStageShape> _shapes = LevitStageShape.Of(config);
    private readonly long[] _elementsPerImage = new long[4 * LevitConfig.StageCount];
    private int _stage;

    /// <summary>The memory of a thread.</summary>
    public long ScratchElements { get; private set; }

    /// <summary>The longest row of a matrix.</summary>
    public int LargestPitch { get; private set; }

    /// <summary>The tokens of an image in each stage.</summary>
    public IReadOnlyList<int> TokenElements => [.. _shapes.Select(shape => shape.Resolution * shape.Resolution * PackedPanels.Pad(shape.Width))];

    /// <summary>The elements of the matrices from <see cref="LevitMatrix.Wide"/> to <see cref="LevitMatrix.Queries"/>, for so many images in the first and in the later stages.</summary>
    public IReadOnlyList<long> SharedElements(int firstStageImages, int images) =>
        [.. Enumerable.Range(0, 4).Select(matrix => Enumerable.Range(0, LevitConfig.StageCount).Max(stage => _elementsPerImage[stage * 4 + matrix] * (stage == 0 ? firstStageImages : images)))];

    /// <summary>The steps of a stage; the last one of all but the last stage writes the next stage's tokens, its MLP included.</summary>
    public LevitKernelStep[] Make(int stage)
    {
        _stage = stage;
        var steps = new List<LevitKernelStep>();
        LevitStageShape shape = _shapes[stage];
        int layer = 0;
        WeightScope layers = LevitEncoder.Layers(weights, stage);
        WeightScope Next() => layers.In(layer++);
        for (int block = 0; block < shape.Depth; block++)
        {
            steps.AddRange(Attention(Next().In("module"), shape));
            if (shape.MlpRatio > 0)
            {
                steps.AddRange(Mlp(Next().In("module"), shape.Resolution * shape.Resolution, shape.Width, shape.MlpRatio, LevitMatrix.Tokens));
            }
        }

        if (stage < LevitConfig.StageCount - 1)
        {
            LevitSubsampleShape down = LevitSubsampleShape.After(config, stage);
            int queries = _shapes[stage + 1].Resolution * _shapes[stage + 1].Resolution;
            steps.AddRange(Subsample(Next(), down, queries));
            steps.AddRange(Mlp(Next().In("module"), queries, down.OutputWidth, LevitConfig.SubsampleMlpRatio, LevitMatrix.Next));
        }

        return [.. steps];
    }

    /// <summary>The classification head on the pooled features, in single precision: it decides on the class.</summary>
    public PackedPanels Head() => Pack(LevitClassificationHead.Fold(weights, config), ScoringPrecision.Single);

    private IEnumerable<LevitKernelStep> Attention(WeightScope layer, LevitStageShape shape)
    {
        int tokens = shape.Resolution * shape.Resolution;
        PackedPanels wide = Pack(SplitHeads(LevitLinearNorm.Fold(layer.In("queries_keys_values"), shape.QueriesKeysValuesWidth, shape.Width), shape.Heads, shape.KeyDim, shape.KeyDim, shape.ValueDim));
        var layout = new LevitAttentionLayout(
            shape.Heads, shape.KeyDim, shape.ValueDim, tokens, tokens, LevitMatrix.Wide, wide.OutputPitch,
            KeyColumn: shape.Heads * shape.KeyDim, ValueColumn: 2 * shape.Heads * shape.KeyDim, wide.OutputPitch);
        yield return Linear(wide, tokens, LevitMatrix.Tokens, PackedPanels.Pad(shape.Width), LevitMatrix.Wide);
        yield return Attend(layout, layer, shape.Resolution, stride: 1);
        yield return Project(layer, layout, shape.Width, LevitMatrix.Tokens, isResidual: true);
    }

    private IEnumerable<LevitKernelStep> Subsample(WeightScope layer, LevitSubsampleShape shape, int queries)
    {
        int tokens = shape.Resolution * shape.Resolution;
        int pitch = PackedPanels.Pad(shape.InputWidth);
        PackedPanels wide = Pack(SplitHeads(LevitLinearNorm.Fold(layer.In("keys_values"), shape.KeysValuesWidth, shape.InputWidth), shape.Heads, shape.KeyDim, shape.ValueDim));
        PackedPanels query = Pack(LevitLinearNorm.Fold(layer.In("queries"), shape.QueriesWidth, shape.InputWidth, Math.Pow(shape.KeyDim, -0.5)));
        var layout = new LevitAttentionLayout(
            shape.Heads, shape.KeyDim, shape.ValueDim, queries, tokens, LevitMatrix.Queries, query.OutputPitch,
            KeyColumn: 0, ValueColumn: shape.Heads * shape.KeyDim, wide.OutputPitch);
        Need(LevitMatrix.Subsampled, queries, pitch);
        yield return new LevitSubsampleStep(shape.Resolution, shape.Stride, pitch);
        yield return Linear(query, queries, LevitMatrix.Subsampled, pitch, LevitMatrix.Queries);
        yield return Linear(wide, tokens, LevitMatrix.Tokens, pitch, LevitMatrix.Wide);
        yield return Attend(layout, layer, shape.Resolution, shape.Stride);
        yield return Project(layer, layout, shape.OutputWidth, LevitMatrix.Next, isResidual: false);
    }

    private IEnumerable<LevitKernelStep> Mlp(WeightScope layer, int rows, int width, int ratio, LevitMatrix tokens)
    {
        PackedPanels up = Pack(LevitLinearNorm.Fold(layer.In("linear_up"), ratio * width, width));
        yield return Linear(up, rows, tokens, PackedPanels.Pad(width), LevitMatrix.Wide, hardswish: true);
        yield return Linear(Pack(LevitLinearNorm.Fold(layer.In("linear_down"), width, ratio * width)), rows, LevitMatrix.Wide, up.OutputPitch, tokens, isResidual: true);
    }

    private LevitAttentionStep Attend(LevitAttentionLayout layout, WeightScope layer, int resolution, int stride)
    {
        Need(LevitMatrix.Attended, layout.Queries, layout.AttendedPitch);
        ScratchElements = Math.Max(ScratchElements, layout.ScratchElements);
        return new LevitAttentionStep(layout, LevitAttentionBias.Gather(layer, layout.Heads, resolution, stride));
    }

    private LevitLinearStep Project(WeightScope layer, LevitAttentionLayout layout, int outputs, LevitMatrix to, bool isResidual)
    {
        // The inputs of a head are padded as its columns are.
        PackedPanels projection = Pack(
            LevitLinearNorm.Fold(layer.In("projection"), outputs, layout.Heads * layout.ValueDim), layout.AttendedPitch,
            input => input % layout.AttendedColumns < layout.ValueDim ? input / layout.AttendedColumns * layout.ValueDim + input % layout.AttendedColumns : -1,
            precision);
        return Linear(projection, layout.Queries, LevitMatrix.Attended, layout.AttendedPitch, to, isResidual: isResidual);
    }

    private LevitLinearStep Linear(PackedPanels layer, int rows, LevitMatrix from, int fromPitch, LevitMatrix to, bool hardswish = false, bool isResidual = false)
    {
        Need(to, rows, layer.OutputPitch);
        return new LevitLinearStep(layer, rows, from, fromPitch, to) { Hardswish = hardswish, IsResidual = isResidual };
    }

    private void Need(LevitMatrix matrix, int rows, int pitch)
    {
        LargestPitch = Math.Max(LargestPitch, pitch);
        if (matrix is not (LevitMatrix.Tokens or LevitMatrix.Next))
        {
            int index = _stage * 4 + (int)matrix - 1;
            _elementsPerImage[index] = Math.Max(_elementsPerImage[index], (long)rows * pitch);
        }
    }

    /// <summary>
    /// Rows of a head's parts, one after the other, into rows of all heads' first part, all heads' second part, …; with
    /// three parts the first is the query, which gets its scale.
    /// </summary>
    private static LevitFoldedLayer SplitHeads(LevitFoldedLayer layer, int heads, params int[] parts)
    {
        (int inputs, int headRows) = (layer.Inputs, parts.Sum());
        var weight = new float[layer.Weight.Length];
        var bias = new float[layer.Bias.Length];
        int target = 0;
        for (int part = 0, partRow = 0; part < parts.Length; partRow += parts[part++])
        {
            float scale = part == 0 && parts.Length == 3 ? (float)Math.Pow(parts[0], -0.5) : 1;
            for (int i = 0; i < heads * parts[part]; i++, target++)
            {
                int source = i / parts[part] * headRows + partRow + i % parts[part];
                TensorPrimitives.Multiply(layer.Weight.AsSpan(source * inputs, inputs), scale, weight.AsSpan(target * inputs, inputs));
                bias[target] = layer.Bias[source] * scale;
            }
        }

        return new LevitFoldedLayer(weight, bias);
    }

    private PackedPanels Pack(LevitFoldedLayer layer) => Pack(layer, precision);

    private static PackedPanels Pack(LevitFoldedLayer layer, ScoringPrecision precision) => Pack(layer, layer.Inputs, input => input, precision);

    /// <summary>Packs a layer whose k-th input is the given one of the weights', or none (−1).</summary>
    private static PackedPanels Pack(LevitFoldedLayer layer, int inputs, Func<int, int> source, ScoringPrecision precision)
    {
        int[] sources = [.. Enumerable.Range(0, inputs).Select(source)];
        return new PackedPanels(
            runs: 1, inputs, layer.Outputs,
            (output, input) => sources[input] < 0 ? 0 : layer.Weight[output * layer.Inputs + sources[input]],
            output => layer.Bias[output],
            precision);
    }
}
