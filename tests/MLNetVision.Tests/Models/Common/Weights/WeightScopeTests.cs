using MLNetVision.Models.Common.Checkpoints.Formats;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Tests.Parity;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Weights;

/// <summary>Weights that are read by scope: of a checkpoint, which needs no torch, and of a state dict.</summary>
[TestClass]
public sealed class WeightScopeTests
{
    public static IEnumerable<object[]> GoldenFolders =>
        Directory.EnumerateDirectories(Path.Combine(Goldens.Root, "checkpoints")).Order(StringComparer.Ordinal).Select(folder => new object[] { Path.GetFileName(folder) });

    [TestMethod]
    [DynamicData(nameof(GoldenFolders))]
    public void Read_EveryWeightOfACheckpoint_IsWhatTorchReads(string name)
    {
        using var scope = NewDisposeScope();
        using ICheckpoint checkpoint = Checkpoint.Open(Path.Combine(Goldens.Root, "checkpoints", name));
        var weights = new CheckpointWeights(checkpoint);
        var tensors = new TensorWeights(checkpoint.Entries.ToDictionary(entry => entry.Name, entry => checkpoint.Read(entry.Name)));
        string[] keys = [.. checkpoint.Entries.Where(entry => is_floating_point(checkpoint.Read(entry.Name))).Select(entry => entry.Name)];
        Assert.IsGreaterThan(10, keys.Length);
        foreach (string key in keys)
        {
            CollectionAssert.AreEqual(tensors.ShapeOf(key)!.ToArray(), weights.ShapeOf(key)!.ToArray(), key);
            CollectionAssert.AreEqual(tensors.Read(key), weights.Read(key), key);
        }

        CollectionAssert.AreEquivalent(keys, weights.ReadKeys.ToArray());
    }

    [TestMethod]
    [DataRow("float16")]
    [DataRow("bfloat16")]
    [DataRow("float64")]
    public void Read_OtherFloatingTypes_AreWhatTorchMakesOfThem(string type)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        double[] values = [0, -0.0, 1.0 / 3, -65504, 6.1e-5, 5.9e-8, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 1e-300];
        Tensor stored = tensor(values).to(type switch { "float16" => float16, "bfloat16" => bfloat16, _ => float64 });
        SafetensorsWriter.Write(folder["a.safetensors"], [KeyValuePair.Create("w", stored)]);
        using ICheckpoint checkpoint = Checkpoint.Open(folder["a.safetensors"]);
        float[] expected = [.. stored.to(float32).data<float>()];
        CollectionAssert.AreEqual(expected, new WeightScope(new CheckpointWeights(checkpoint)).Read("w", values.Length));
    }

    [TestMethod]
    public void Read_ValuesThatAreNoFloat32_AreRefusedByTheirKey()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a.safetensors"], [KeyValuePair.Create("large", tensor([1, 1e39])), KeyValuePair.Create("whole", tensor([1L, 2L]))]);
        using ICheckpoint checkpoint = Checkpoint.Open(folder["a.safetensors"]);
        var weights = new WeightScope(new CheckpointWeights(checkpoint));
        Assert.Contains("'large' has values of type Float64", Assert.ThrowsExactly<InvalidDataException>(() => weights.Read("large", 2)).Message);
        Assert.Contains("'whole' has values of type Int64", Assert.ThrowsExactly<InvalidDataException>(() => weights.Read("whole", 2)).Message);
    }

    [TestMethod]
    public void Read_InParts_FindsTheKeyOrNamesIt()
    {
        using var scope = NewDisposeScope();
        var weights = new WeightScope(new TensorWeights(new Dictionary<string, Tensor> { ["encoder.2.fc.weight"] = arange(6, float32).view(3, 2) })).In("encoder").In(2);
        Assert.IsTrue(weights.In("fc").Has("weight"));
        Assert.IsFalse(weights.Has("weight"));
        CollectionAssert.AreEqual(new float[] { 0, 1, 2, 3, 4, 5 }, weights.In("fc").Read("weight", 3, 2));
        CollectionAssert.AreEqual(new float[] { 0, 1, 2, 3 }, weights.In("fc").ReadRows("weight", 2, 2));
        Assert.AreEqual(
            "'encoder.2.fc.weight' is [3, 2]; a model of this config has [2, 3] there.", Assert.ThrowsExactly<InvalidDataException>(() => weights.In("fc").Read("weight", 2, 3)).Message);
        Assert.Contains("at least 4 rows", Assert.ThrowsExactly<InvalidDataException>(() => weights.In("fc").ReadRows("weight", 4, 2)).Message);
        Assert.Contains("lack 'encoder.2.fc.bias'", Assert.ThrowsExactly<InvalidDataException>(() => weights.In("fc").Read("bias", 3)).Message);
    }

    [TestMethod]
    public void FromPretrained_KeysThatAreNotUsed_AreWarnedOfOrRefused()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = new LevitForImageClassification(LevitGolden.TinyConfig);
        SafetensorsWriter.Write(folder["a.safetensors"], model.state_dict().Append(KeyValuePair.Create("surplus.weight", zeros(2))));
        var warnings = new List<string>();
        var lenient = new PretrainedOptions { Config = model.Config, Warning = warnings.Add };
        LevitInference.FromPretrained(folder["a.safetensors"], lenient).Dispose();
        Assert.Contains("surplus.weight", Assert.ContainsSingle(warnings));

        var strict = new PretrainedOptions { Config = model.Config, Mode = LoadMode.Strict };
        CheckpointMismatchException refused = Assert.ThrowsExactly<CheckpointMismatchException>(() => LevitInference.FromPretrained(folder["a.safetensors"], strict));
        CollectionAssert.AreEqual(new[] { "surplus.weight" }, refused.Report.Unexpected.ToArray());
        using var generator = new Generator(1);
        Assert.Contains("Generator", Assert.ThrowsExactly<ArgumentException>(() => LevitInference.FromPretrained(
            folder["a.safetensors"], new PretrainedOptions { Config = model.Config, Generator = generator })).Message);
    }
}
