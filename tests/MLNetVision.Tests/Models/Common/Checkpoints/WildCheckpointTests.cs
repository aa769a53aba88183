using MLNetVision.Models.Common.Checkpoints.Formats;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Checkpoints;

/// <summary>Checkpoints as training programs leave them, which transformers 4.37 loads: wrapped, averaged, nested, with an index that is not right.</summary>
[TestClass]
public sealed class WildCheckpointTests
{
    private static readonly LevitConfig Small = new()
    {
        ImageSize = 64, HiddenSizes = [16, 24, 32], NumAttentionHeads = [2, 3, 4], Depths = [1, 1, 1], KeyDim = [8, 8, 8], Labels = ["a", "b", "c"],
    };

    [TestMethod]
    [DataRow("_orig_mod.", DisplayName = "compiled")]
    [DataRow("module.", DisplayName = "in parallel")]
    [DataRow("module._orig_mod.", DisplayName = "compiled, then in parallel")]
    [DataRow("_orig_mod.module.", DisplayName = "in parallel, then compiled")]
    [DataRow("model.", DisplayName = "Lightning")]
    [DataRow("net._orig_mod.", DisplayName = "Lightning, compiled")]
    [DataRow("_forward_module.model.", DisplayName = "Lightning, sharded")]
    [DataRow("encoder.", DisplayName = "a module named as a part of the model")]
    [DataRow("student.backbone.levit.", DisplayName = "deep")]
    public void Load_KeysBehindAPrefix_AreTheModels(string prefix)
    {
        using var folder = new TemporaryFolder();
        using var levit = new LevitForImageClassificationWithTeacher(Small);
        using var bare = new LevitModel(Small);
        using var segmenter = new Mask2FormerForUniversalSegmentation(OriginalKeyNameTests.SmallMask2Former);
        foreach ((string name, nn.Module stored, Func<PretrainedOptions, (nn.Module, LoadReport)> load) in new (string, nn.Module, Func<PretrainedOptions, (nn.Module, LoadReport)>)[]
        {
            ("levit", levit, options => (LevitForImageClassificationWithTeacher.FromPretrained(folder["levit.bin"], out LoadReport report, options), report)),
            ("bare", bare, options => (LevitModel.FromPretrained(folder["bare.bin"], out LoadReport report, options), report)),
            ("segmenter", segmenter, options => (Mask2FormerForUniversalSegmentation.FromPretrained(folder["segmenter.bin"], out LoadReport report, options), report)),
        })
        {
            ProceduralTensor.FillWeights(stored, name);
            TorchWriter.WriteZip(folder[name + ".bin"], [.. stored.state_dict().Select(item => (prefix + item.Key, item.Value))], wrapper: "state_dict");
            (nn.Module loaded, LoadReport report) = load(new PretrainedOptions { Config = name == "segmenter" ? OriginalKeyNameTests.SmallMask2Former : Small, Mode = LoadMode.Strict });
            Assert.IsTrue(report.IsComplete, $"{name}: {report}");
            Assert.AreEqual(prefix + stored.state_dict().Keys.First(), report.Renamed[0].StoredKey);
            AssertSameState(stored, loaded);
            loaded.Dispose();
        }

        using LevitInference actual = LevitInference.FromPretrained(folder["levit.bin"], new PretrainedOptions { Config = Small, Mode = LoadMode.Strict });
    }

    [TestMethod]
    public void Load_PartsThatWereCompiledOrNamedAsTensorFlowDoes_AreTheModels()
    {
        using var folder = new TemporaryFolder();
        using var stored = new LevitForImageClassification(Small);
        ProceduralTensor.FillWeights(stored, "parts");
        TorchWriter.WriteZip(folder["a.bin"], [.. stored.state_dict().Select(item => (
            item.Key.Replace("levit.encoder.", "levit.encoder._orig_mod.").Replace("classifier.batch_norm.weight", "classifier.batch_norm.gamma").Replace("classifier.batch_norm.bias", "classifier.batch_norm.beta"), item.Value))]);
        using var loaded = LevitForImageClassification.FromPretrained(folder["a.bin"], out LoadReport report, new PretrainedOptions { Config = Small, Mode = LoadMode.Strict });
        AssertSameState(stored, loaded);
        Assert.Contains(new RenamedKey("classifier.batch_norm.gamma", "classifier.batch_norm.weight"), report.Renamed);
    }

    [TestMethod]
    public void Load_AveragedModelWithItsCounterAndACopy_LoadsTheModelAndListsTheRest()
    {
        using var folder = new TemporaryFolder();
        using var stored = new LevitForImageClassification(Small);
        ProceduralTensor.FillWeights(stored, "averaged");
        (string Name, Tensor Tensor)[] state = [.. stored.state_dict().Select(item => (item.Key, item.Value))];
        TorchWriter.WriteZip(folder["a.bin"], [("n_averaged", tensor(7L)), .. state.Select(item => ("module." + item.Name, item.Tensor))]);
        TorchWriter.WriteZip(folder["b.bin"], [.. state.Select(item => ("model." + item.Name, item.Tensor)), .. state.Select(item => ("model_ema." + item.Name, zeros_like(item.Tensor)))]);
        var warnings = new List<string>();
        foreach ((string file, int left) in new[] { ("a.bin", 1), ("b.bin", state.Length) })
        {
            using var loaded = LevitForImageClassification.FromPretrained(folder[file], out LoadReport report, new PretrainedOptions { Config = Small, Mode = LoadMode.Complete, Warning = warnings.Add });
            AssertSameState(stored, loaded);
            Assert.HasCount(left, report.Unexpected);
            Assert.IsEmpty(report.Missing);
            Assert.Contains(report.Unexpected[0], warnings[^1]);
            Assert.ThrowsExactly<CheckpointMismatchException>(() => LevitForImageClassification.FromPretrained(folder[file], new PretrainedOptions { Config = Small, Mode = LoadMode.Strict }));
        }

        TorchWriter.WriteZip(folder["c.bin"], state.Skip(1));
        Assert.ThrowsExactly<CheckpointMismatchException>(() => LevitForImageClassification.FromPretrained(folder["c.bin"], new PretrainedOptions { Config = Small, Mode = LoadMode.Complete }));
    }

    /// <summary>What Lightning writes beside the weights: settings of classes that nobody has here, paths, sets, states of callbacks.</summary>
    [TestMethod]
    public void Open_LightningCheckpoint_HasItsStateDict()
    {
        using var folder = new TemporaryFolder();
        var pickle = new PickleBuilder().Op('}').Op('(').Text("epoch").Integer(3).Text("pytorch-lightning_version").Text("2.1.0");
        pickle.Text("callbacks").Op('}').Text("ModelCheckpoint").Global("pathlib", "PosixPath").Op('(').Text("/").Text("home").Ops("tRs");
        pickle.Text("hyper_parameters").Global("pytorch_lightning.utilities.parsing", "AttributeDict").Ops(")R(").Text("lr").Integer(1).Op('u');
        pickle.Text("args").Global("argparse", "Namespace").Ops(")\x81}").Text("lr").Integer(1).Ops("sb");
        pickle.Text("seen").Global("builtins", "set").Ops("](").Integer(1).Ops("e\x85R");
        pickle.Text("counts").Global("collections", "defaultdict").Global("builtins", "int").Ops("\x85R");
        pickle.Text("device").Global("torch", "device").Text("cuda").Ops("\x85R");
        pickle.Text("state_dict").Op('}').Text("model.weight").Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage("FloatStorage", "0", 2, legacy: false)
            .Integer(0).Integers([2]).Integers([1]).Byte(0x89).Global("collections", "OrderedDict").Ops(")RtRs");
        TorchWriter.WriteZip(folder["a.ckpt"], pickle.Op('u').End(), [("0", TorchWriter.Bytes(tensor(new[] { 1f, 2f })))]);
        using ICheckpoint checkpoint = Checkpoint.Open(folder["a.ckpt"]);
        Assert.AreEqual("model.weight", checkpoint.Entries.Single().Name);
        CollectionAssert.AreEqual(new[] { 1f, 2f }, checkpoint.Read("model.weight").data<float>().ToArray());
    }

    [TestMethod]
    [DataRow("F8_E4M3", new byte[] { 0x38, 0x7E, 0x01, 0xB8, 0x00 }, new[] { 1, 448, 1 / 512.0, -1, 0 })]
    [DataRow("F8_E5M2", new byte[] { 0x3C, 0x7B, 0x7C, 0xBC }, new[] { 1, 57344, double.PositiveInfinity, -1 })]
    [DataRow("U16", new byte[] { 1, 0, 0xFF, 0xFF }, new[] { 1, 65535.0 })]
    [DataRow("U32", new byte[] { 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF }, new[] { 1, 4294967295.0 })]
    [DataRow("U64", new byte[] { 2, 0, 0, 0, 0, 0, 0, 0 }, new[] { 2.0 })]
    public void Read_TypesThatTorchSharpLacks_HaveTheirValues(string type, byte[] bytes, double[] values)
    {
        using var folder = new TemporaryFolder();
        WriteSafetensors(folder["a.safetensors"], ("w", type, values.Length, bytes));
        (string dtype, string storage) = type switch { "F8_E4M3" => ("float8_e4m3fn", "UntypedStorage"), "F8_E5M2" => ("float8_e5m2", "UntypedStorage"), _ => ($"uint{type[1..]}", "UntypedStorage") };
        WritePickle(folder["a.bin"], dtype, storage, values.Length, bytes);
        foreach (string file in new[] { "a.safetensors", "a.bin" })
        {
            using ICheckpoint checkpoint = Checkpoint.Open(folder[file]);
            TensorEntry entry = checkpoint.Entries.Single();
            using Tensor read = checkpoint.Read("w");
            Assert.AreEqual(entry.DType, read.dtype);
            CollectionAssert.AreEqual(values, read.to(float64).data<double>().ToArray(), file);
            using Tensor target = zeros(values.Length, float64);
            checkpoint.ReadInto("w", target);
            CollectionAssert.AreEqual(values, target.data<double>().ToArray(), file);
            byte[] raw = new byte[entry.ByteCount];
            checkpoint.ReadBytes("w", raw);
            CollectionAssert.AreEqual(read.bytes.ToArray(), raw, file);
            Assert.Contains("are read as", checkpoint.Remarks.Single());
        }
    }

    [TestMethod]
    public void Read_NumberWithoutSignThatInt64DoesNotHold_Throws()
    {
        using var folder = new TemporaryFolder();
        WriteSafetensors(folder["a.safetensors"], ("w", "U64", 1, Enumerable.Repeat((byte)255, 8).ToArray()));
        using ICheckpoint checkpoint = Checkpoint.Open(folder["a.safetensors"]);
        Assert.Contains("18446744073709551615", Assert.ThrowsExactly<InvalidDataException>(() => checkpoint.Read("w")).Message);
    }

    [TestMethod]
    [DataRow("C64")]
    [DataRow("F4")]
    [DataRow("F8_E8M0")]
    [DataRow("a type of tomorrow")]
    public void Load_ExtraTensorOfAnyType_IsListedAsUnexpected(string type)
    {
        using var folder = new TemporaryFolder();
        using var stored = new LevitForImageClassification(Small);
        ProceduralTensor.FillWeights(stored, type);
        WriteSafetensors(folder["a.safetensors"],
        [
            .. stored.state_dict().Select(item => (item.Key, item.Value.dtype == int64 ? "I64" : "F32", item.Value.shape, TorchWriter.Bytes(item.Value))),
            ("extra.scale", type, new long[] { 3 }, new byte[24]),
        ]);
        var warnings = new List<string>();
        using var loaded = LevitForImageClassification.FromPretrained(folder["a.safetensors"], out LoadReport report, new PretrainedOptions { Config = Small, Warning = warnings.Add });
        AssertSameState(stored, loaded);
        CollectionAssert.AreEqual(new[] { "extra.scale" }, report.Unexpected.ToArray());
        Assert.Contains($"extra.scale ({type})", report.Warnings.Single());
        Assert.Contains(report.Warnings[0], warnings);
        using var inference = LevitInference.FromPretrained(folder["a.safetensors"], new PretrainedOptions { Config = Small, Mode = LoadMode.Complete, Warning = warnings.Add });
    }

    [TestMethod]
    public void Open_PickleWithTensorsThatAreNotPlain_ListsThem()
    {
        using var folder = new TemporaryFolder();
        var pickle = new PickleBuilder().Ops("}(");
        void Add(string name, string storage, long bytes) => pickle.Text(name).Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage(storage, "0", 1, legacy: false)
            .Integer(0).Integers([1]).Integers([1]).Byte(0x89).Global("collections", "OrderedDict").Ops(")RtR");
        Add("w", "FloatStorage", 4);
        Add("complex", "ComplexFloatStorage", 8);
        pickle.Text("sparse").Global("torch._utils", "_rebuild_sparse_tensor").Op('(').Global("torch", "sparse_coo").Integers([2]).Ops("tR");
        Add("quantised", "QInt8Storage", 1);
        TorchWriter.WriteZip(folder["a.bin"], pickle.Op('u').End(), [("0", new byte[8])]);
        using ICheckpoint checkpoint = Checkpoint.Open(folder["a.bin"]);
        Assert.AreEqual("w", checkpoint.Entries.Single().Name);
        Assert.AreEqual("complex (complex64), quantised (qint8), sparse (sparse tensor)", string.Join(", ", checkpoint.Unreadable));
    }

    [TestMethod]
    [DataRow("""{"w":"a.safetensors","x":"a.safetensors","y":"b.safetensors"}""", "x", "in none of its files")]
    [DataRow("""{"w":"a.safetensors","z":"b.safetensors"}""", "z", "in none of its files")]
    [DataRow("""{"w":"b.safetensors","y":"a.safetensors"}""", "w", "in another file")]
    [DataRow("""{"w":"a.safetensors","q":"b.safetensors"}""", "y", "not in the index")]
    public void Open_IndexThatIsNotRight_ReadsWhatTheFilesHave(string map, string name, string what)
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a.safetensors"], [KeyValuePair.Create("w", ones(2))]);
        SafetensorsWriter.Write(folder["b.safetensors"], [KeyValuePair.Create("y", ones(3))]);
        File.WriteAllText(folder["model.safetensors.index.json"], $$"""{"weight_map":{{map}}}""");
        using ICheckpoint checkpoint = Checkpoint.Open(folder.Path);
        CollectionAssert.AreEqual(new[] { "w", "y" }, checkpoint.Entries.Select(entry => entry.Name).ToArray());
        Assert.AreEqual(2, checkpoint.Read("w").sum().item<float>());
        Assert.AreEqual(3, checkpoint.Read("y").sum().item<float>());
        Assert.IsTrue(checkpoint.Remarks.Any(remark => remark.Contains(what, StringComparison.Ordinal) && remark.Contains($": {name}", StringComparison.Ordinal)), string.Join(' ', checkpoint.Remarks));
    }

    [TestMethod]
    [DataRow("""{"w":"a.safetensors","x":"b.safetensors"}""", 2f)]
    [DataRow("""{"w":"b.safetensors","x":"a.safetensors"}""", 4f)]
    [DataRow("""{"x":"a.safetensors","y":"b.safetensors"}""", 4f, DisplayName = "the later file, as transformers loads")]
    public void Open_TensorInTwoFiles_IsTheIndexs(string map, float sum)
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a.safetensors"], [KeyValuePair.Create("w", ones(2))]);
        SafetensorsWriter.Write(folder["b.safetensors"], [KeyValuePair.Create("w", ones(2) * 2)]);
        File.WriteAllText(folder["model.safetensors.index.json"], $$"""{"weight_map":{{map}}}""");
        using ICheckpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.AreEqual(sum, checkpoint.Read(checkpoint.Entries.Single().Name).sum().item<float>());
    }

    private static void AssertSameState(nn.Module expected, nn.Module actual)
    {
        Dictionary<string, Tensor> state = actual.state_dict();
        foreach ((string key, Tensor tensor) in expected.state_dict())
        {
            Assert.IsTrue(tensor.allclose(state[key], rtol: 0, atol: 0), key);
        }
    }

    private static void WriteSafetensors(string path, params (string Name, string Type, long Count, byte[] Bytes)[] tensors) =>
        WriteSafetensors(path, [.. tensors.Select(item => (item.Name, item.Type, new[] { item.Count }, item.Bytes))]);

    private static void WriteSafetensors(string path, (string Name, string Type, long[] Shape, byte[] Bytes)[] tensors)
    {
        long end = 0;
        string[] fields = [.. tensors.Select(item => $$"""
            "{{item.Name}}":{"dtype":"{{item.Type}}","shape":[{{string.Join(',', item.Shape)}}],"data_offsets":[{{end}},{{end += item.Bytes.Length}}]}
            """)];
        byte[] header = System.Text.Encoding.UTF8.GetBytes($"{{{string.Join(',', fields)}}}");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((ulong)header.Length), .. header, .. tensors.SelectMany(item => item.Bytes)]);
    }

    private static void WritePickle(string path, string dtype, string storage, long count, byte[] bytes)
    {
        var pickle = new PickleBuilder().Op('}').Text("w").Global("torch._utils", "_rebuild_tensor_v3").Op('(').Storage(storage, "0", bytes.Length, legacy: false, "torch.storage");
        pickle.Integer(0).Integers([count]).Integers([1]).Byte(0x89).Global("collections", "OrderedDict").Ops(")R").Global("torch", dtype).Ops("tRs");
        TorchWriter.WriteZip(path, pickle.End(), [("0", bytes)]);
    }
}
