using MLNetVision.Models.Common.Checkpoints.Loading;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Checkpoints;

[TestClass]
public sealed class CheckpointLoaderTests
{
    private static readonly Action<string> Silent = static _ => { };

    [TestMethod]
    public void Load_SameKeys_OverwritesEveryTensor()
    {
        using Net net = new();
        using MemoryCheckpoint checkpoint = Checkpoint(net);
        LoadReport report = CheckpointLoader.Load(net, checkpoint, new LoadOptions { Mode = LoadMode.Strict });
        Assert.IsTrue(report.IsComplete);
        CollectionAssert.AreEqual(
            new[]
            {
                "body.conv.weight", "body.norm.weight", "body.norm.bias", "body.norm.running_mean", "body.norm.running_var",
                "body.norm.num_batches_tracked", "head.weight", "head.bias",
            },
            report.Loaded.ToArray());
        foreach ((string key, Tensor tensor) in StateDictOrder.Collect(net, null, null))
        {
            using Tensor expected = checkpoint.Read(key);
            Assert.IsTrue(expected.allclose(tensor, rtol: 0, atol: 0), key);
        }
    }

    [TestMethod]
    public void Load_MissingAndUnexpectedKeys_AreReportedAndWarnedOf()
    {
        using Net net = new();
        using var checkpoint = new MemoryCheckpoint([.. State(net).Where(item => !item.Name.StartsWith("head", StringComparison.Ordinal)), ("teacher.weight", ones(2))]);
        var warnings = new List<string>();
        LoadReport report = CheckpointLoader.Load(net, checkpoint, new LoadOptions { Warning = warnings.Add });
        CollectionAssert.AreEqual(new[] { "head.weight", "head.bias" }, report.Missing.ToArray());
        CollectionAssert.AreEqual(new[] { "teacher.weight" }, report.Unexpected.ToArray());
        Assert.IsFalse(report.IsComplete);
        Assert.HasCount(2, warnings);
        Assert.Contains("head.weight, head.bias", warnings[0]);
        Assert.Contains("teacher.weight", warnings[1]);
    }

    [TestMethod]
    public void Load_StrictWithDifferentKeys_ThrowsTheReportAndLeavesTheModel()
    {
        using Net net = new();
        Tensor before = net.body.conv.weight!.clone();
        using var checkpoint = new MemoryCheckpoint([.. State(net).SkipLast(1), ("teacher.weight", ones(2))]);
        CheckpointMismatchException e = Assert.ThrowsExactly<CheckpointMismatchException>(
            () => CheckpointLoader.Load(net, checkpoint, new LoadOptions { Mode = LoadMode.Strict }));
        Assert.Contains("missing head.bias", e.Message);
        Assert.Contains("unexpected teacher.weight", e.Message);
        CollectionAssert.AreEqual(new[] { "head.bias" }, e.Report.Missing.ToArray());
        Assert.IsTrue(before.allclose(net.body.conv.weight, rtol: 0, atol: 0));
    }

    [TestMethod]
    public void Load_OtherNumberOfLabels_KeepsTheHeadOnly()
    {
        using Net net = new(labels: 5);
        using Net stored = new(labels: 3);
        using MemoryCheckpoint checkpoint = Checkpoint(stored);
        Tensor head = net.head.weight!.clone();
        var warnings = new List<string>();
        LoadReport report = CheckpointLoader.Load(
            net, checkpoint, new LoadOptions { IsHeadKey = key => key.StartsWith("head.", StringComparison.Ordinal), Warning = warnings.Add });
        CollectionAssert.AreEqual(new[] { "head.weight", "head.bias" }, report.Reshaped.Select(key => key.Key).ToArray());
        CollectionAssert.AreEqual(new long[] { 3, 4 }, report.Reshaped[0].StoredShape.ToArray());
        CollectionAssert.AreEqual(new long[] { 5, 4 }, report.Reshaped[0].ModelShape.ToArray());
        Assert.HasCount(6, report.Loaded);
        Assert.HasCount(1, warnings);
        Assert.IsTrue(head.allclose(net.head.weight, rtol: 0, atol: 0));
    }

    [TestMethod]
    public void Load_OtherShapeOutsideTheHead_ThrowsInBothModes()
    {
        using Net net = new();
        foreach (LoadMode mode in Enum.GetValues<LoadMode>())
        {
            using var checkpoint = new MemoryCheckpoint([.. State(net).Skip(1), ("body.conv.weight", ones(4, 2, 1, 1))]);
            CheckpointMismatchException e = Assert.ThrowsExactly<CheckpointMismatchException>(
                () => CheckpointLoader.Load(net, checkpoint, new LoadOptions { Mode = mode, Warning = Silent }));
            Assert.Contains("body.conv.weight [4, 2, 1, 1] instead of [4, 3, 1, 1]", e.Message);
        }
    }

    [TestMethod]
    public void Load_NothingInCommon_Throws()
    {
        using Net net = new();
        using var checkpoint = new MemoryCheckpoint([("bert.embeddings", ones(2))]);
        CheckpointMismatchException e = Assert.ThrowsExactly<CheckpointMismatchException>(() => CheckpointLoader.Load(net, checkpoint));
        Assert.Contains("bert.embeddings", e.Message);
    }

    [TestMethod]
    public void Load_OtherElementTypes_ConvertsAndReports()
    {
        using Net net = new();
        using var checkpoint = new MemoryCheckpoint(State(net).Select(item =>
            (item.Name, item.Tensor.to_type(item.Tensor.dtype == int64 ? int32 : item.Name.Contains("weight", StringComparison.Ordinal) ? bfloat16 : float64))));
        LoadReport report = CheckpointLoader.Load(net, checkpoint, new LoadOptions { Mode = LoadMode.Strict });
        Assert.HasCount(8, report.Converted);
        Assert.AreEqual(new ConvertedKey("body.conv.weight", ScalarType.BFloat16, ScalarType.Float32), report.Converted[0]);
        using Tensor stored = checkpoint.Read("body.conv.weight");
        Assert.IsTrue(stored.to(float32).allclose(net.body.conv.weight!, rtol: 0, atol: 0));
        Assert.AreEqual(ScalarType.Int64, net.body.norm.get_buffer("num_batches_tracked")!.dtype);
    }

    [TestMethod]
    public void Load_ValueOutOfRangeOfTheElementType_Throws()
    {
        using Linear half = nn.Linear(2, 2, hasBias: false, dtype: float16);
        using var large = new MemoryCheckpoint([("weight", tensor(new[] { 1f, 2, 3, 1e6f }, [2, 2]))]);
        Assert.Contains("'weight'", Assert.ThrowsExactly<InvalidDataException>(() => CheckpointLoader.Load(half, large)).Message);

        using Net net = new();
        using var fraction = new MemoryCheckpoint([("body.norm.num_batches_tracked", tensor(1.5f))]);
        Assert.ThrowsExactly<InvalidDataException>(() => CheckpointLoader.Load(net, fraction, new LoadOptions { Warning = Silent }));
    }

    [TestMethod]
    public void Load_ScalarStoredAsOneElement_IsTaken()
    {
        using Net net = new();
        using var checkpoint = new MemoryCheckpoint(State(net).Select(item => (item.Name, item.Tensor.dim() == 0 ? tensor(new[] { 7L }) : item.Tensor)));
        CheckpointLoader.Load(net, checkpoint, new LoadOptions { Mode = LoadMode.Strict });
        Assert.AreEqual(7L, net.body.norm.get_buffer("num_batches_tracked")!.item<long>());
    }

    [TestMethod]
    public void Load_CountersMissing_IsNoErrorButReported()
    {
        using Net net = new();
        using var checkpoint = new MemoryCheckpoint(State(net).Where(item => item.Tensor.dim() > 0));
        LoadReport report = CheckpointLoader.Load(net, checkpoint, new LoadOptions { Mode = LoadMode.Strict });
        CollectionAssert.AreEqual(new[] { "body.norm.num_batches_tracked" }, report.Missing.ToArray());
    }

    [TestMethod]
    public void Load_TiedParameter_IsCompleteFromEitherKey()
    {
        foreach (string key in new[] { "first.weight", "second.weight" })
        {
            using TiedNet net = new();
            using var checkpoint = new MemoryCheckpoint([(key, full([2, 2], 3f))]);
            LoadReport report = CheckpointLoader.Load(net, checkpoint, new LoadOptions { Mode = LoadMode.Strict });
            Assert.HasCount(2, report.Loaded);
            Assert.AreEqual(3f, net.first.weight![0, 0].item<float>());
        }
    }

    [TestMethod]
    public void Load_TiedParameterWithTwoValues_Throws()
    {
        using TiedNet net = new();
        using var same = new MemoryCheckpoint([("first.weight", full([2, 2], 3f)), ("second.weight", full([2, 2], 3f))]);
        CheckpointLoader.Load(net, same, new LoadOptions { Mode = LoadMode.Strict });
        using var different = new MemoryCheckpoint([("first.weight", full([2, 2], 3f)), ("second.weight", full([2, 2], 4f))]);
        Assert.Contains("second.weight", Assert.ThrowsExactly<InvalidDataException>(() => CheckpointLoader.Load(net, different)).Message);
    }

    [TestMethod]
    [DataRow("net.", "", DisplayName = "prefix added")]
    [DataRow("", "net.", DisplayName = "prefix removed")]
    public void Load_BareModelAndModelWithHead_FitThroughThePrefix(string modelPrefix, string storedPrefix)
    {
        using Net net = new();
        using var model = modelPrefix.Length > 0 ? new Wrapper(net) : null;
        using var checkpoint = new MemoryCheckpoint(State(net).Select(item => (storedPrefix + item.Name, item.Tensor)));
        LoadReport report = CheckpointLoader.Load(model ?? (nn.Module)net, checkpoint, new LoadOptions { Mode = LoadMode.Strict, BasePrefix = "net." });
        Assert.IsTrue(report.IsComplete);
        Assert.AreEqual(new RenamedKey(storedPrefix + "body.conv.weight", modelPrefix + "body.conv.weight"), report.Renamed[0]);
    }

    private static IEnumerable<(string Name, Tensor Tensor)> State(nn.Module module) =>
        StateDictOrder.Collect(module, null, null).Select((item, i) => (item.Key, full_like(item.Value, i + 1).detach()));

    private static MemoryCheckpoint Checkpoint(nn.Module module) => new(State(module));

    private sealed class Body : nn.Module
    {
        public readonly Conv2d conv = nn.Conv2d(3, 4, 1, bias: false);
        public readonly BatchNorm2d norm = nn.BatchNorm2d(4);

        public Body()
            : base(nameof(Body)) => RegisterComponents();
    }

    private sealed class Net : nn.Module
    {
        public readonly Body body = new();
        public readonly Linear head;

        public Net(int labels = 3)
            : base(nameof(Net))
        {
            head = nn.Linear(4, labels);
            RegisterComponents();
        }
    }

    private sealed class Wrapper : nn.Module
    {
        public Wrapper(Net net)
            : base(nameof(Wrapper)) => register_module("net", net);
    }

    private sealed class TiedNet : nn.Module
    {
        public readonly Linear first = nn.Linear(2, 2, hasBias: false);
        public readonly Linear second = nn.Linear(2, 2, hasBias: false);

        public TiedNet()
            : base(nameof(TiedNet))
        {
            second.weight = first.weight;
            RegisterComponents();
        }
    }
}
