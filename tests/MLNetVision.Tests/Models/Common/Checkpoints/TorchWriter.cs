using System.IO.Compression;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Checkpoints;

/// <summary>Writes state dicts as Python's torch.save and pickle do, for tests of their readers.</summary>
internal static class TorchWriter
{
    private static readonly Dictionary<ScalarType, string> Storages = new()
    {
        [ScalarType.Float32] = "FloatStorage", [ScalarType.Float64] = "DoubleStorage", [ScalarType.Float16] = "HalfStorage",
        [ScalarType.BFloat16] = "BFloat16Storage", [ScalarType.Int64] = "LongStorage", [ScalarType.Int32] = "IntStorage",
        [ScalarType.Int16] = "ShortStorage", [ScalarType.Int8] = "CharStorage", [ScalarType.Byte] = "ByteStorage", [ScalarType.Bool] = "BoolStorage",
    };

    private static readonly Dictionary<ScalarType, string> ArrayTypes = new()
    {
        [ScalarType.Float32] = "f4", [ScalarType.Float64] = "f8", [ScalarType.Float16] = "f2", [ScalarType.Int64] = "i8",
        [ScalarType.Int32] = "i4", [ScalarType.Int16] = "i2", [ScalarType.Int8] = "i1", [ScalarType.Byte] = "u1", [ScalarType.Bool] = "b1",
    };

    public static void WriteZip(string path, IEnumerable<(string Name, Tensor Tensor)> tensors, string? wrapper = null)
    {
        (string Name, Tensor Tensor)[] all = [.. tensors];
        WriteZip(path, StateDict(all, legacy: false, wrapper), all.Select((item, i) => (i.ToString(), Bytes(item.Tensor))));
    }

    public static void WriteZip(string path, byte[] pickle, IEnumerable<(string Key, byte[] Bytes)> storages)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        Add(zip, "archive/data.pkl", pickle);
        Add(zip, "archive/byteorder", "little"u8.ToArray());
        foreach ((string key, byte[] bytes) in storages)
        {
            Add(zip, $"archive/data/{key}", bytes);
        }

        Add(zip, "archive/version", "3\n"u8.ToArray());
    }

    public static void WriteLegacy(string path, IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        (string Name, Tensor Tensor)[] all = [.. tensors];
        WriteLegacy(path, StateDict(all, legacy: true), [.. all.Select((item, i) => (i.ToString(), item.Tensor.numel(), Bytes(item.Tensor)))]);
    }

    public static void WriteLegacy(string path, byte[] pickle, (string Key, long Count, byte[] Bytes)[] storages)
    {
        using FileStream file = File.Create(path);
        file.Write(new PickleBuilder().Byte(0x8a).Byte(10).Bytes(Convert.FromHexString("6cfc9c46f9206aa85019")).End());
        file.Write(new PickleBuilder().Op('M').Byte(0xe9).Byte(0x03).End());
        file.Write(new PickleBuilder().Ops("}(").Text("little_endian").Byte(0x88).Op('u').End());
        file.Write(pickle);
        var keys = new PickleBuilder().Ops("](");
        foreach ((string key, _, _) in storages)
        {
            keys.Text(key);
        }

        file.Write(keys.Op('e').End());
        foreach ((_, long count, byte[] bytes) in storages)
        {
            file.Write(BitConverter.GetBytes(count));
            file.Write(bytes);
        }
    }

    /// <summary>A pickle of numpy arrays; protocol 2 has them as text in Latin-1, 4 as bytes.</summary>
    public static void WriteArrays(string path, IEnumerable<(string Name, Tensor Tensor)> tensors, int protocol)
    {
        var pickle = new PickleBuilder(protocol).Op('}').Text("model").Ops("}(");
        foreach ((string name, Tensor tensor) in tensors)
        {
            pickle.Text(name).Global("numpy.core.multiarray", "_reconstruct").Global("numpy", "ndarray").Integer(0).Byte(0x85);
            Content(pickle, [(byte)'b'], protocol);
            pickle.Byte(0x87).Op('R').Op('(').Integer(1).Integers(tensor.shape);
            pickle.Global("numpy", "dtype").Text(ArrayTypes[tensor.dtype]).Ops("\x89\x88\x87R");
            pickle.Op('(').Integer(3).Text("<").Ops("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff").Ops("K\0tb");
            pickle.Byte(0x89);
            Content(pickle, Bytes(tensor), protocol);
            pickle.Ops("tb");
        }

        pickle.Ops("us").Text("__author__").Text("third_party").Op('s');
        File.WriteAllBytes(path, pickle.End());
    }

    /// <summary>The bytes of a tensor in order.</summary>
    public static byte[] Bytes(Tensor tensor)
    {
        using Tensor contiguous = tensor.detach().contiguous();
        return contiguous.numel() == 0 ? [] : contiguous.bytes.ToArray();
    }

    private static byte[] StateDict((string Name, Tensor Tensor)[] tensors, bool legacy, string? wrapper = null)
    {
        var pickle = new PickleBuilder();
        if (wrapper is not null)
        {
            pickle.Op('}').Text("epoch").Integer(3).Op('s').Text(wrapper);
        }

        pickle.Global("collections", "OrderedDict").Ops(")Rq\0(");
        for (int i = 0; i < tensors.Length; i++)
        {
            (string name, Tensor tensor) = tensors[i];
            pickle.Text(name).Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage(Storages[tensor.dtype], i.ToString(), tensor.numel(), legacy);
            pickle.Integer(0).Integers(tensor.shape).Integers(Strides(tensor.shape)).Byte(0x89).Global("collections", "OrderedDict").Ops(")RtR");
        }

        // The attribute that module.state_dict() leaves behind.
        pickle.Ops("u}").Text("_metadata").Global("collections", "OrderedDict").Ops(")Rsb");
        return (wrapper is null ? pickle : pickle.Op('s')).End();
    }

    private static IEnumerable<long> Strides(long[] shape) =>
        shape.Select((_, i) => shape.Skip(i + 1).Aggregate(1L, (product, size) => product * size));

    private static void Content(PickleBuilder pickle, byte[] bytes, int protocol)
    {
        if (protocol >= 3)
        {
            pickle.Op('B').Int32(bytes.Length).Bytes(bytes);
        }
        else
        {
            pickle.Global("_codecs", "encode").Text(System.Text.Encoding.Latin1.GetString(bytes)).Text("latin1").Ops("\x86R");
        }
    }

    private static void Add(ZipArchive zip, string name, byte[] bytes)
    {
        using Stream entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
        entry.Write(bytes);
    }
}
