using MLNetVision.Models.Common.Checkpoints.Formats;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Checkpoints;

/// <summary>Pickles that would run code, or exhaust memory or time, in Python.</summary>
[TestClass]
public sealed class HostilePickleTests
{
    private static readonly Dictionary<string, (byte[] Pickle, string Message)> Corpus = new()
    {
        ["os.system"] = (new PickleBuilder().Global("os", "system").Text("echo").Ops("\x85R").End(), "os.system"),
        ["posix.system"] = (new PickleBuilder().Global("posix", "system").Text("echo").Ops("\x85R").End(), "posix.system"),
        ["subprocess.Popen"] = (new PickleBuilder().Global("subprocess", "Popen").Text("sh").Ops("\x85R").End(), "subprocess.Popen"),
        ["eval"] = (new PickleBuilder().Global("builtins", "eval").Text("1").Ops("\x85R").End(), "builtins.eval"),
        ["exec of Python 2"] = (new PickleBuilder().Global("__builtin__", "exec").Text("1").Ops("\x85R").End(), "__builtin__.exec"),
        ["getattr"] = (new PickleBuilder().Global("builtins", "getattr").Global("torch", "Size").Text("__class__").Ops("\x86R").End(), "builtins.getattr"),
        ["__import__"] = (new PickleBuilder().Global("builtins", "__import__").Text("os").Ops("\x85R").End(), "builtins.__import__"),
        ["nested attribute"] = (new PickleBuilder(4).Ops("\x8c\x05torch\x8c\x0eSize.__class__\x93").End(), "torch.Size.__class__"),
        ["STACK_GLOBAL os.system"] = (new PickleBuilder(4).Ops("\x8c\x02os\x8c\x06system\x93\x8c\x04" + "echo\x85R").End(), "os.system"),
        ["STACK_GLOBAL of the memo"] = (new PickleBuilder(4).Ops("\x8c\x06system\x94" + "0\x8c\x02osh\0\x93").End(), "os.system"),
        ["INST"] = (new PickleBuilder().Ops("(").Text("echo").Ops("ios\nsystem\n").End(), "os.system"),
        ["INST of an allowed name"] = (new PickleBuilder().Ops("(icollections\nOrderedDict\n").End(), "OrderedDict"),
        ["OBJ"] = (new PickleBuilder().Ops("(").Global("collections", "OrderedDict").Op('o').End(), "0x6f"),
        ["NEWOBJ"] = (new PickleBuilder().Global("collections", "OrderedDict").Ops(")\x81").End(), "0x81"),
        ["NEWOBJ_EX"] = (new PickleBuilder(4).Global("collections", "OrderedDict").Ops(")}\x92").End(), "0x92"),
        ["EXT1"] = (new PickleBuilder().Byte(0x82).Byte(1).End(), "0x82"),
        ["PERSID"] = (new PickleBuilder().Ops("Pkey\n").End(), "0x50"),
        ["out-of-band buffer"] = (new PickleBuilder(5).Byte(0x97).End(), "0x97"),
        ["load_from_bytes"] = (new PickleBuilder().Global("torch.storage", "_load_from_bytes").End(), "torch.storage._load_from_bytes"),
        ["nested reduce"] = (new PickleBuilder().Global("collections", "OrderedDict").Ops("](](").Text("a").Global("os", "system").Text("echo").Ops("\x85Ree\x85R").End(), "os.system"),
        ["reduce of a result"] = (new PickleBuilder().Global("collections", "OrderedDict").Ops(")R)R").End(), "calls"),
        ["reduce of a text"] = (new PickleBuilder().Text("os.system").Ops(")R").End(), "os.system"),
        ["reduce of a storage class"] = (new PickleBuilder().Global("torch", "FloatStorage").Ops("K\x05\x85R").End(), "torch.FloatStorage"),
        ["reduce without a tuple"] = (new PickleBuilder().Global("collections", "OrderedDict").Ops("]R").End(), "tuple"),
        ["build on a global"] = (new PickleBuilder().Global("collections", "OrderedDict").Ops("}").Text("__reduce__").Ops("Nsb").End(), "state"),
        ["build on a tensor's type"] = (new PickleBuilder().Global("torch", "float32").Ops("}b").End(), "state"),
        ["array of objects"] = (new PickleBuilder().Op('}').Text("w").Global("numpy.core.multiarray", "_reconstruct").Global("numpy", "ndarray").Ops("K\0\u0085C\u0001b\x87R(")
            .Integer(1).Integers([1]).Global("numpy", "dtype").Text("O8").Ops("\x89\x88\x87R\x89](").Global("os", "system").Ops("etbs").End(), "os.system"),
        ["module container"] = (new PickleBuilder().Ops("(").Text("module").Text("Net").Text("net.py").Text("code").Ops("tQ").End(), "storage"),
        ["protocol 6"] = (new PickleBuilder(6).Op('N').End(), "protocol 6"),
        ["text longer than the file"] = (new PickleBuilder().Op('X').Int32(int.MaxValue).End(), "2147483647"),
        ["text of negative length"] = (new PickleBuilder().Op('T').Int32(-5).End(), "-5"),
        ["text of 64-bit length"] = (new PickleBuilder(4).Byte(0x8d).Int64(long.MaxValue).End(), "9223372036854775807"),
        ["bytes of 64-bit length"] = (new PickleBuilder(4).Byte(0x8e).Int64(long.MinValue).End(), "-9223372036854775808"),
        ["integer of 255 bytes"] = (new PickleBuilder().Byte(0x8a).Byte(255).Bytes(new byte[255]).End(), "255"),
        ["integer of 2 GB"] = (new PickleBuilder().Byte(0x8b).Int32(int.MaxValue).End(), "2147483647"),
        ["name without end"] = (new PickleBuilder().Op('c').Ops(new string('a', 5000)).End(), "1024"),
        ["memo that was not stored"] = (new PickleBuilder().Ops("h\x07").End(), "7"),
        ["pop of nothing"] = (new PickleBuilder().Op('0').End(), "not there"),
        ["pop below a mark"] = (new PickleBuilder().Ops("N(0").End(), "not there"),
        ["tuple without mark"] = (new PickleBuilder().Ops("NNt").End(), "not opened"),
        ["append to itself"] = (new PickleBuilder().Ops("]q\0h\0ah\0a").End(), "state dict"),
        ["dict in itself"] = (new PickleBuilder().Ops("}q\0").Text("model").Ops("h\0s").End(), "state dict"),
        ["deep marks"] = (new PickleBuilder().Ops(new string('(', 5000)).End(), "deeper"),
        ["deep lists"] = (new PickleBuilder().Ops(new string(']', 100_000) + new string('a', 99_999)).End(), "65536"),
        ["deep tuples"] = (new PickleBuilder().Op(')').Ops(new string('\x85', 300_000)).End(), "more memory"),
        ["many objects"] = (new PickleBuilder().Ops(string.Concat(Enumerable.Repeat("]0", 500_000))).End(), "more memory"),
        ["memo bomb"] = (new PickleBuilder().Ops("]").Ops(string.Concat(Enumerable.Range(0, 500_000).Select(i => $"r{(char)(i & 255)}{(char)(i >> 8 & 255)}{(char)(i >> 16)}\0"))).End(), "more memory"),
        ["billion laughs"] = (new PickleBuilder().Ops("]q\0").Ops(string.Concat(Enumerable.Repeat("](h\0h\0h\0h\0h\0h\0h\0h\0h\0h\0eq\0", 5000))).End(), "state dict"),
        ["quadratic tuples"] = (new PickleBuilder().Ops(")q\0").Ops(string.Concat(Enumerable.Repeat("(" + string.Concat(Enumerable.Repeat("h\0", 1000)) + "t0", 500))).End(), "more memory"),
        ["no end"] = ([0x80, 2, (byte)'N'], "ends"),
        ["only text"] = (new PickleBuilder().Text("weights").End(), "state dict"),
    };

    public static IEnumerable<object[]> Names => Corpus.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Open_HostilePickle_IsRefusedInEveryForm(string name)
    {
        using var folder = new TemporaryFolder();
        (byte[] pickle, string message) = Corpus[name];
        TorchWriter.WriteZip(folder["zip.bin"], pickle, []);
        TorchWriter.WriteLegacy(folder["legacy.bin"], pickle, []);
        File.WriteAllBytes(folder["plain.pkl"], pickle);
        foreach (string file in new[] { "zip.bin", "legacy.bin", "plain.pkl" })
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            InvalidDataException e = Assert.ThrowsExactly<InvalidDataException>(() => Checkpoint.Open(folder[file]).Dispose(), file);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.Contains(message, e.Message);
            Assert.Contains(file, e.Message);
            long bound = 2 * new FileInfo(folder[file]).Length + (12 << 20);
            Assert.IsLessThan(bound, allocated, $"{file} has {new FileInfo(folder[file]).Length} bytes");
        }
    }

    [TestMethod]
    public void Open_EverythingRefusedOnce_StillReadsAGoodFile()
    {
        using var folder = new TemporaryFolder();
        TorchWriter.WriteLegacy(folder["good.bin"], [("w", ones(3))]);
        using ICheckpoint good = Checkpoint.Open(folder["good.bin"]);
        Assert.AreEqual(3f, good.Read("w").sum().item<float>());
    }
}
