using System.Text.Json;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Models.Mask2Former.PostProcessing;

/// <summary>An expected map of a golden, of which every stride-th pixel may be stored.</summary>
internal sealed class GoldenMap
{
    private readonly string _name;
    private readonly int[] _stored;
    private readonly int[]? _ambiguous;
    private readonly int _stride;
    private readonly int _allowed;

    public GoldenMap(GoldenCase golden, int image)
    {
        JsonElement expected = golden.Expected($"segmentation.{image}");
        long[] shape = GoldenCase.Longs(expected.GetProperty("shape"));
        _name = $"{golden.Name}, picture {image}";
        (Planes, Height, Width) = (shape.Length == 3 ? (int)shape[0] : 0, (int)shape[^2], (int)shape[^1]);
        _stride = expected.TryGetProperty("stride", out JsonElement stride) ? stride.GetInt32() : 1;
        _allowed = expected.TryGetProperty("max_different_pixels", out JsonElement allowed) ? allowed.GetInt32() : 0;
        Void = expected.TryGetProperty("void_value", out JsonElement voidValue) ? voidValue.GetInt32() : 0;
        _stored = Ints(golden, expected);
        if (golden.ExpectedNames.Contains($"ambiguous.{image}"))
        {
            _ambiguous = Ints(golden, golden.Expected($"ambiguous.{image}"));
        }
    }

    /// <summary>The number of planes of a stack of binary maps; 0 for a single map.</summary>
    public int Planes { get; }

    public int Height { get; }

    public int Width { get; }

    public int Void { get; }

    /// <summary>The value at a stored position.</summary>
    public int Value(int position) => _stored[position / _stride];

    /// <summary>Fails unless all stored pixels but a few are equal; pixels that the order of equals decides are left out.</summary>
    public void AssertPixels(Predicate<int> isEqual)
    {
        int different = Positions().Count(position => _ambiguous?[position / _stride] is not > 0 && !isEqual(position));
        Assert.IsTrue(different <= _allowed, $"{_name}: {different} pixels differ, {_allowed} may.");
    }

    /// <summary>The positions that are stored.</summary>
    public IEnumerable<int> Positions() => Enumerable.Range(0, _stored.Length).Select(i => i * _stride);

    private static int[] Ints(GoldenCase golden, JsonElement description)
    {
        using torch.Tensor stored = golden.StoredTensor(description.GetProperty("tensor").GetString()!);
        using torch.Tensor ints = stored.to(torch.int32);
        return ints.data<int>().ToArray();
    }
}
