using MLNetVision.Imaging.Files;
using MLNetVision.Models.Common.Checkpoints.Formats;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Checkpoints;

[TestClass]
public sealed class CheckpointFormTests
{
    public static IEnumerable<object[]> GoldenFolders =>
        Directory.Exists(Path.Combine(Goldens.Root, "checkpoints"))
            ? Directory.EnumerateDirectories(Path.Combine(Goldens.Root, "checkpoints")).Order(StringComparer.Ordinal).Select(folder => new object[] { Path.GetFileName(folder) })
            : [];

    public static IEnumerable<object[]> Forms => [["safetensors"], ["zip"], ["legacy"], ["sharded safetensors"], ["sharded zip"]];

    [TestMethod]
    [DynamicData(nameof(GoldenFolders))]
    public void Read_WrittenAgainInEveryForm_IsTheSameBitForBit(string name)
    {
        using ICheckpoint golden = Checkpoint.Open(Path.Combine(Goldens.Root, "checkpoints", name));
        (string Name, Tensor Tensor)[] tensors = [.. golden.Entries.Select(entry => (entry.Name, golden.Read(entry.Name)))];
        Assert.IsNotEmpty(tensors);
        foreach (object[] form in Forms)
        {
            using var folder = new TemporaryFolder();
            Write(folder, (string)form[0], tensors);
            AssertSame(tensors, folder.Path);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Forms))]
    public void Read_EveryTypeAndRank_IsTheSameBitForBit(string form)
    {
        using var folder = new TemporaryFolder();
        (string, Tensor)[] tensors = [.. Samples()];
        Write(folder, form, tensors);
        AssertSame(tensors, folder.Path);
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(4)]
    public void Read_NumpyArrays_AreTheSameBitForBit(int protocol)
    {
        using var folder = new TemporaryFolder();
        (string Name, Tensor Tensor)[] tensors = [.. Samples().Where(item => item.Tensor.dtype != bfloat16), ("large", arange(0, 100_000, dtype: int16))];
        TorchWriter.WriteArrays(folder["model.pkl"], tensors, protocol);
        AssertSame(tensors, folder.Path);
    }

    [TestMethod]
    [DynamicData(nameof(GoldenFolders))]
    public void Write_WhatHuggingFaceWrote_GivesTheSameFile(string name)
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Goldens.Root, "checkpoints", name), "*.safetensors"))
        {
            using SafetensorsFile stored = SafetensorsFile.Open(file);
            SafetensorsWriter.Write(folder["a"], stored.Entries.Select(entry => KeyValuePair.Create(entry.Name, stored.Read(entry.Name))).Reverse());
            CollectionAssert.AreEqual(File.ReadAllBytes(file), File.ReadAllBytes(folder["a"]), file);
        }
    }

    [TestMethod]
    public void Write_ViewsAndGradients_AreWrittenAsTheyLook()
    {
        using var folder = new TemporaryFolder();
        Tensor matrix = arange(6, float32).view(2, 3);
        SafetensorsWriter.Write(folder["a"], [KeyValuePair.Create("t", matrix.t()), KeyValuePair.Create("g", matrix.clone().requires_grad_()), KeyValuePair.Create("c", matrix[.., 1])]);
        using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);
        Assert.AreEqual("pt", file.Metadata["format"]);
        CollectionAssert.AreEqual(new[] { 0f, 3, 1, 4, 2, 5 }, file.Read("t").data<float>().ToArray());
        CollectionAssert.AreEqual(new[] { 1f, 4 }, file.Read("c").data<float>().ToArray());
    }

    [TestMethod]
    public void Write_FailureHalfway_LeavesTheOldFile()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a"], [KeyValuePair.Create("w", ones(2))]);
        byte[] before = File.ReadAllBytes(folder["a"]);

        IEnumerable<KeyValuePair<string, Tensor>> broken = [KeyValuePair.Create("w", zeros(2)), KeyValuePair.Create("w", zeros(3))];
        Assert.ThrowsExactly<ArgumentException>(() => SafetensorsWriter.Write(folder["a"], broken));
        Assert.ThrowsExactly<NotSupportedException>(() => SafetensorsWriter.Write(folder["a"], [KeyValuePair.Create("c", zeros(2, dtype: complex64))]));
        Assert.ThrowsExactly<InvalidOperationException>(() => AtomicFile.Write(folder["a"], stream =>
        {
            stream.Write(new byte[100]);
            throw new InvalidOperationException("the disk is on fire");
        }));
        CollectionAssert.AreEqual(before, File.ReadAllBytes(folder["a"]));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void Open_FolderWithOneOtherFile_TakesIt()
    {
        using var folder = new TemporaryFolder();
        TorchWriter.WriteZip(folder["levit.pth"], [("w", ones(2))]);
        using (ICheckpoint checkpoint = Checkpoint.Open(folder.Path))
        {
            Assert.AreEqual("w", checkpoint.Entries.Single().Name);
        }

        TorchWriter.WriteZip(folder["other.pkl"], [("w", ones(2))]);
        Assert.Contains("other.pkl", Assert.ThrowsExactly<InvalidDataException>(() => Checkpoint.Open(folder.Path)).Message);
        TorchWriter.WriteZip(folder["pytorch_model.bin"], [("v", ones(2))]);
        using ICheckpoint standard = Checkpoint.Open(folder.Path);
        Assert.AreEqual("v", standard.Entries.Single().Name);
    }

    [TestMethod]
    public void Open_WhatIsNoCheckpoint_SaysWhatItIs()
    {
        using var folder = new TemporaryFolder();
        Assert.ThrowsExactly<FileNotFoundException>(() => Checkpoint.Open(folder.Path));
        Assert.ThrowsExactly<FileNotFoundException>(() => Checkpoint.Open(folder["missing.safetensors"]));
        File.WriteAllText(folder["a.bin"], "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
        Assert.Contains("LFS", Assert.ThrowsExactly<InvalidDataException>(() => Checkpoint.Open(folder["a.bin"])).Message);
        File.WriteAllText(folder["b.bin"], "<!DOCTYPE html>");
        Assert.Contains("b.bin", Assert.ThrowsExactly<InvalidDataException>(() => Checkpoint.Open(folder["b.bin"])).Message);
        File.WriteAllBytes(folder["c.bin"], []);
        Assert.ThrowsExactly<InvalidDataException>(() => Checkpoint.Open(folder["c.bin"]));
        File.WriteAllBytes(folder["d.safetensors"], []);
        Assert.ThrowsExactly<InvalidDataException>(() => Checkpoint.Open(folder["d.safetensors"]));
    }

    [TestMethod]
    [DataRow("""{"weight_map":{"w":"../secret.safetensors"}}""", "../secret")]
    [DataRow("""{"weight_map":{"w":"/etc/passwd"}}""", "/etc/passwd")]
    [DataRow("""{"weight_map":{"w":".."}}""", "'..'")]
    [DataRow("""{"weight_map":{"x":"empty.safetensors"}}""", "'x'")]
    [DataRow("""{"weight_map":{"w":"a.safetensors","w":"a.safetensors"}}""", "index")]
    [DataRow("""{"weight_map":{}}""", "weight_map")]
    [DataRow("""{"weight_map":{"w":null}}""", "names")]
    [DataRow("""{"weight_map":[]}""", "index")]
    [DataRow("[]", "index")]
    [DataRow("", "index")]
    public void Open_WrongIndex_Throws(string index, string message)
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a.safetensors"], [KeyValuePair.Create("w", ones(2))]);
        SafetensorsWriter.Write(folder["empty.safetensors"], []);
        File.WriteAllText(folder["model.safetensors.index.json"], index);
        Assert.Contains(message, Assert.ThrowsExactly<InvalidDataException>(() => Checkpoint.Open(folder.Path)).Message);
    }

    [TestMethod]
    public void Open_IndexOfMissingFile_NamesIt()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["model.safetensors.index.json"], """{"weight_map":{"w":"b.safetensors"}}""");
        Assert.Contains("b.safetensors", Assert.ThrowsExactly<FileNotFoundException>(() => Checkpoint.Open(folder.Path)).Message);
    }

    internal static void Write(TemporaryFolder folder, string form, (string Name, Tensor Tensor)[] tensors)
    {
        switch (form)
        {
            case "safetensors":
                SafetensorsWriter.Write(folder["model.safetensors"], tensors.Select(item => KeyValuePair.Create(item.Name, item.Tensor)));
                break;
            case "zip":
                TorchWriter.WriteZip(folder["pytorch_model.bin"], tensors);
                break;
            case "legacy":
                TorchWriter.WriteLegacy(folder["pytorch_model.bin"], tensors);
                break;
            default:
                WriteSharded(folder, form.EndsWith("zip", StringComparison.Ordinal), tensors);
                break;
        }
    }

    private static void WriteSharded(TemporaryFolder folder, bool zip, (string Name, Tensor Tensor)[] tensors)
    {
        ShardPlan plan = ShardPlan.Create(tensors.Select(item => KeyValuePair.Create(item.Name, item.Tensor)), maximumBytes: 64);
        Assert.IsGreaterThan(1, plan.Shards.Count);
        foreach ((string file, IReadOnlyList<KeyValuePair<string, Tensor>> shard) in plan.Shards)
        {
            if (zip)
            {
                TorchWriter.WriteZip(folder[file], shard.Select(item => (item.Key, item.Value)));
            }
            else
            {
                SafetensorsWriter.Write(folder[file], shard);
            }
        }

        File.WriteAllText(folder[zip ? "pytorch_model.bin.index.json" : "model.safetensors.index.json"], plan.IndexJson());
    }

    internal static IEnumerable<(string Name, Tensor Tensor)> Samples()
    {
        foreach (ScalarType dtype in new[] { float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, @bool })
        {
            foreach (long[] shape in new long[][] { [], [1], [0], [3, 5], [2, 0, 3], [2, 3, 1, 2] })
            {
                Tensor values = arange(shape.Aggregate(1L, (a, b) => a * b), float32).sub(3).mul(1.7).view(shape);
                yield return ($"{dtype}.größe.{string.Join("x", shape)}", values.to(dtype));
            }
        }

        yield return ("special", tensor(new[] { float.NaN, float.PositiveInfinity, -0f, float.Epsilon }));
    }

    internal static void AssertSame((string Name, Tensor Tensor)[] expected, string path)
    {
        using ICheckpoint actual = Checkpoint.Open(path);
        CollectionAssert.AreEquivalent(expected.Select(item => item.Name).ToArray(), actual.Entries.Select(entry => entry.Name).ToArray());
        foreach ((string name, Tensor tensor) in expected)
        {
            using Tensor read = actual.Read(name);
            using Tensor into = empty_like(tensor);
            actual.ReadInto(name, into);
            Assert.AreEqual(tensor.dtype, read.dtype, name);
            CollectionAssert.AreEqual(tensor.shape, read.shape, name);
            CollectionAssert.AreEqual(TorchWriter.Bytes(tensor), TorchWriter.Bytes(read), name);
            CollectionAssert.AreEqual(TorchWriter.Bytes(tensor), TorchWriter.Bytes(into), name);
        }
    }
}
