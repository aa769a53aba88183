using MLNetVision.Models.Common.Checkpoints.Formats.Torch;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Checkpoints;

[TestClass]
public sealed class TorchFileTests
{
    [TestMethod]
    [DataRow(false, DisplayName = "zip")]
    [DataRow(true, DisplayName = "before zip")]
    public void Read_ViewsOfOneStorage_AreTheTensorsThatTheyAre(bool legacy)
    {
        using var folder = new TemporaryFolder();
        float[] values = [.. Enumerable.Range(0, 12).Select(i => (float)i)];
        byte[] bytes = new byte[48];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        PickleBuilder pickle = new PickleBuilder().Ops("}(");
        View("transposed", 0, [4, 3], [1, 4]);
        View("column", 1, [3], [4]);
        View("rows", 4, [2, 4], [4, 1]);
        View("reversed dimensions", 0, [2, 3, 2], [1, 4, 2]);
        View("empty", 0, [0, 4], [4, 1]);
        View("expanded", 5, [2, 3], [0, 0]);
        View("scalar", 11, [], []);
        byte[] content = pickle.Op('u').End();
        if (legacy)
        {
            TorchWriter.WriteLegacy(folder["a.bin"], content, [("k", 12, bytes)]);
        }
        else
        {
            TorchWriter.WriteZip(folder["a.bin"], content, [("k", bytes)]);
        }

        using TorchFile file = TorchFile.Open(folder["a.bin"]);
        using Tensor storage = arange(12, float32);
        AssertView("transposed", storage.view(3, 4).t());
        AssertView("column", storage.view(3, 4)[.., 1]);
        AssertView("rows", storage.view(3, 4)[1..]);
        AssertView("reversed dimensions", storage.as_strided([2, 3, 2], [1, 4, 2]));
        AssertView("empty", zeros(0, 4));
        AssertView("expanded", full([2, 3], 5f));
        AssertView("scalar", tensor(11f));

        void View(string name, long offset, long[] shape, long[] strides) =>
            pickle.Text(name).Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage("FloatStorage", "k", 12, legacy)
                .Integer(offset).Integers(shape).Integers(strides).Byte(0x89).Op('N').Ops("tR");

        void AssertView(string name, Tensor expected)
        {
            using Tensor actual = file.Read(name);
            Assert.IsTrue(actual.is_contiguous(), name);
            CollectionAssert.AreEqual(expected.shape, actual.shape, name);
            CollectionAssert.AreEqual(TorchWriter.Bytes(expected), TorchWriter.Bytes(actual), name);
            using Tensor target = full(expected.shape, -1f);
            file.ReadInto(name, target);
            CollectionAssert.AreEqual(TorchWriter.Bytes(expected), TorchWriter.Bytes(target), name);
            var bytes = new byte[expected.numel() * sizeof(float)];
            file.ReadBytes(name, bytes);
            CollectionAssert.AreEqual(TorchWriter.Bytes(expected), bytes, name);
        }
    }

    [TestMethod]
    public void Read_OtherWaysToRebuild_AreUnderstood()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = [0, 0, 128, 63, 0, 0, 0, 64];
        PickleBuilder pickle = new PickleBuilder().Ops("}(");
        pickle.Text("parameter").Global("torch._utils", "_rebuild_parameter").Op('(')
            .Global("torch._utils", "_rebuild_tensor").Op('(').Storage("FloatStorage", "k", 2, legacy: false).Integer(0).Integers([2]).Integers([1]).Ops("tR")
            .Ops("\x88").Global("collections", "OrderedDict").Ops(")RtR");
        pickle.Text("untyped").Global("torch._utils", "_rebuild_tensor_v3").Op('(')
            .Storage("UntypedStorage", "k", 8, legacy: false, module: "torch.storage").Integer(1).Integers([1]).Integers([1]).Ops("\x89N").Global("torch", "float32").Ops("tR");
        pickle.Text("sized").Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage("FloatStorage", "k", 2, legacy: false)
            .Integer(0).Global("torch", "Size").Integers([2, 1]).Ops("\x85R").Integers([1, 1]).Ops("\x89NtR");
        pickle.Text("not a tensor").Integer(3);
        TorchWriter.WriteZip(folder["a.bin"], pickle.Op('u').End(), [("k", bytes)]);
        using TorchFile file = TorchFile.Open(folder["a.bin"]);
        CollectionAssert.AreEqual(new[] { "parameter", "untyped", "sized" }, file.Entries.Select(entry => entry.Name).ToArray());
        CollectionAssert.AreEqual(new[] { 1f, 2 }, file.Read("parameter").data<float>().ToArray());
        CollectionAssert.AreEqual(new[] { 2f }, file.Read("untyped").data<float>().ToArray());
        CollectionAssert.AreEqual(new long[] { 2, 1 }, file.Read("sized").shape);
    }

    [TestMethod]
    public void Read_StateDictOfPython2_IsUnderstood()
    {
        using var folder = new TemporaryFolder();
        PickleBuilder pickle = new PickleBuilder().Global("collections", "OrderedDict").Ops("](](U\x01w")
            .Global("torch._utils", "_rebuild_tensor").Op('(').Storage("FloatStorage", "k", 1, legacy: true).Integer(0).Integers([1]).Integers([1]).Ops("tR")
            .Ops("ee\x85R");
        TorchWriter.WriteLegacy(folder["a.pth"], pickle.End(), [("k", 1, [0, 0, 128, 63])]);
        using TorchFile file = TorchFile.Open(folder["a.pth"]);
        Assert.AreEqual(1f, file.Read("w").item<float>());
    }

    [TestMethod]
    [DataRow("model")]
    [DataRow("state_dict")]
    [DataRow("model_state_dict")]
    public void Open_TrainingCheckpoint_FindsTheStateDict(string wrapper)
    {
        using var folder = new TemporaryFolder();
        TorchWriter.WriteZip(folder["a.pth"], [("w", ones(2))], wrapper);
        using TorchFile file = TorchFile.Open(folder["a.pth"]);
        Assert.AreEqual("w", file.Entries.Single().Name);
    }

    [TestMethod]
    public void Read_ColumnMajorArray_IsTransposed()
    {
        using var folder = new TemporaryFolder();
        var pickle = new PickleBuilder(3).Op('}').Text("w")
            .Global("numpy._core.multiarray", "_reconstruct").Global("numpy", "ndarray").Integer(0).Byte(0x85).Ops("C\u0001b\x87R(").Integer(1).Integers([2, 3])
            .Global("numpy", "dtype").Text("u1").Ops("\x89\x88\x87R(").Integer(3).Text("|").Ops("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb").Byte(0x88)
            .Op('C').Byte(6).Bytes([1, 2, 3, 4, 5, 6]).Ops("tbs");
        File.WriteAllBytes(folder["a.pkl"], pickle.End());
        using TorchFile file = TorchFile.Open(folder["a.pkl"]);
        CollectionAssert.AreEqual(new byte[] { 1, 3, 5, 2, 4, 6 }, TorchWriter.Bytes(file.Read("w")));
    }

    [TestMethod]
    public void Open_TensorBeyondItsStorage_Throws()
    {
        foreach ((long offset, long[] shape, long[] strides, long claimed) in new (long, long[], long[], long)[]
        {
            (0, [3], [1], 2), (1, [2], [1], 2), (0, [2, 2], [2, 1], 2), (0, [2], [long.MaxValue], 2),
            (long.MaxValue, [1], [1], 2), (0, [3], [1], 3), (0, [1L << 40, 1L << 40], [0, 0], 2), (0, [1L << 20], [0], 2),
        })
        {
            using var folder = new TemporaryFolder();
            PickleBuilder pickle = new PickleBuilder().Op('}').Text("w").Global("torch._utils", "_rebuild_tensor_v2").Op('(')
                .Storage("FloatStorage", "k", claimed, legacy: false).Integer(offset).Integers(shape).Integers(strides).Ops("\x89NtRs");
            TorchWriter.WriteZip(folder["a.bin"], pickle.End(), [("k", new byte[8])]);
            Assert.ThrowsExactly<InvalidDataException>(() => TorchFile.Open(folder["a.bin"]).Dispose(), string.Join(",", shape));
        }
    }

    [TestMethod]
    public void Open_TorchScript_SaysSo()
    {
        using var folder = new TemporaryFolder();
        using (var zip = new System.IO.Compression.ZipArchive(File.Create(folder["a.pt"]), System.IO.Compression.ZipArchiveMode.Create))
        {
            zip.CreateEntry("net/data.pkl");
            zip.CreateEntry("net/constants.pkl");
        }

        Assert.Contains("TorchScript", Assert.ThrowsExactly<InvalidDataException>(() => TorchFile.Open(folder["a.pt"])).Message);
    }
}
