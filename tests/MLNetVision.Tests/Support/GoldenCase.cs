using System.Text.Json;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Support;

/// <summary>One golden case: its JSON, its stored tensors, its inputs, and the comparison with what it expects.</summary>
internal sealed class GoldenCase(string area, string name)
{
    private readonly Lazy<JsonElement> _json = new(() => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Goldens.Root, area, name + ".json"))).RootElement);

    public string Name => name;

    public JsonElement Json => _json.Value;

    public string Text(string property) => Json.GetProperty(property).GetString()!;

    public string? TextOrNull(string property) => Json.TryGetProperty(property, out JsonElement value) ? value.GetString() : null;

    public bool Has(string property) => Json.TryGetProperty(property, out _);

    public string ConfigJson => Json.GetProperty("config").GetRawText();

    /// <summary>The salt of the procedural weights.</summary>
    public string WeightSalt => Json.GetProperty("weights").GetProperty("salt").GetString()!;

    public IEnumerable<string> InputNames => Json.GetProperty("inputs").EnumerateObject().Select(input => input.Name);

    public JsonElement Input(string input) => Json.GetProperty("inputs").GetProperty(input);

    public bool HasInput(string input) => Json.GetProperty("inputs").TryGetProperty(input, out _);

    /// <summary>A generated or stored input tensor.</summary>
    public Tensor InputTensor(string input)
    {
        JsonElement description = Input(input);
        if (description.TryGetProperty("generate", out JsonElement generate))
        {
            return ProceduralTensor.Create(
                generate.GetString()!, Longs(description.GetProperty("shape")),
                description.GetProperty("scale").GetDouble(), description.GetProperty("offset").GetDouble());
        }

        return StoredTensor(description.GetProperty("tensor").GetString()!);
    }

    /// <summary>The path of an input image.</summary>
    public string InputImage(string input) => Path.Combine(Goldens.Root, "images", Input(input).GetProperty("image").GetString()!);

    public Tensor StoredTensor(string key)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Goldens.Root, area, name + ".safetensors"));
        return file.Read(key);
    }

    /// <summary>The names that are expected, those under "required" included.</summary>
    public IEnumerable<string> ExpectedNames =>
        new[] { "expected", "required" }.Where(Has).SelectMany(section => Json.GetProperty(section).EnumerateObject()).Select(e => e.Name).Distinct();

    /// <summary>What is expected under a name; "required" overrides "expected".</summary>
    public JsonElement Expected(string expectedName)
    {
        if (Json.TryGetProperty("required", out JsonElement required) && required.TryGetProperty(expectedName, out JsonElement overriding))
        {
            return overriding;
        }

        return Json.GetProperty("expected").GetProperty(expectedName);
    }

    /// <summary>Whether a clear error is the right answer.</summary>
    public bool RequiresError => Json.TryGetProperty("required", out JsonElement required) && required.TryGetProperty("error", out _);

    /// <summary>Fails unless <paramref name="actual"/> is the expected tensor in shape, values and, where strided, sum.</summary>
    public void AssertTensor(string expectedName, Tensor actual)
    {
        JsonElement expected = Expected(expectedName);
        using var scope = NewDisposeScope();
        long[] shape = Longs(expected.GetProperty("shape"));
        CollectionAssert.AreEqual(shape, actual.shape, $"{area}/{name}: shape of {expectedName}");
        Tensor want = StoredTensor(expected.GetProperty("tensor").GetString()!);
        Tensor flat = actual.detach().cpu().contiguous().view(-1);
        if (expected.TryGetProperty("stride", out JsonElement strideElement))
        {
            long stride = strideElement.GetInt64();
            AssertSum(expectedName, expected, flat);
            flat = flat.slice(0, 0, flat.numel(), stride);
        }

        want = want.view(-1);
        Assert.AreEqual(want.numel(), flat.numel(), $"{area}/{name}: stored elements of {expectedName}");
        if (want.numel() == 0)
        {
            return;
        }

        double tolerance = expected.TryGetProperty("tolerance", out JsonElement given) ? given.GetDouble() : 0;
        Tensor difference = (want.to(float64) - flat.to(float64)).abs();
        Tensor equal = want.to(float64) == flat.to(float64); // equal infinities differ by NaN
        double worst = where(equal, zeros_like(difference), difference).max().item<double>();
        Assert.IsTrue(worst <= tolerance, $"{area}/{name}: {expectedName} differs by {worst:g4}, tolerance {tolerance:g4}");
    }

    private void AssertSum(string expectedName, JsonElement expected, Tensor flat)
    {
        if (!expected.TryGetProperty("sum", out JsonElement sum) || !expected.TryGetProperty("tolerance", out JsonElement tolerance))
        {
            return;
        }

        // Each element may be off by the tolerance, but not all in the same direction by that much.
        double allowed = tolerance.GetDouble() * Math.Max(1, 4 * Math.Sqrt(flat.numel())) + 1e-6 * Math.Abs(sum.GetDouble());
        double actual = flat.to(float64).sum().item<double>();
        Assert.IsTrue(Math.Abs(actual - sum.GetDouble()) <= allowed, $"{area}/{name}: sum of {expectedName} is {actual:g8}, expected {sum.GetDouble():g8}");
    }

    public static long[] Longs(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetInt64())];
}
