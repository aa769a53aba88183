using System.Buffers.Binary;
using System.Text;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Checkpoints;

[TestClass]
public sealed class SafetensorsFileTests
{
    [TestMethod]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, DisplayName = "plain")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}      """, 8, DisplayName = "padded")]
    [DataRow("""{"__metadata__":{},"a":{"shape":[],"data_offsets":[0,8],"dtype":"I64","later":{"x":[1]}}}""", 8, DisplayName = "unknown field")]
    [DataRow("""{"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}""", 7, DisplayName = "data in another order")]
    [DataRow("""{"a":{"dtype":"F32","shape":[0,9],"data_offsets":[0,0]}}""", 0, DisplayName = "no element")]
    [DataRow("{}", 0, DisplayName = "nothing")]
    public void Open_ValidHeader_IsRead(string header, int dataLength)
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = SafetensorsFile.Open(Write(folder, header, dataLength));
        foreach (TensorEntry entry in file.Entries)
        {
            using Tensor tensor = file.Read(entry.Name);
            CollectionAssert.AreEqual(entry.Shape.ToArray(), tensor.shape);
        }
    }

    [TestMethod]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "overlap")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]}}""", 20, "hole")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "hole")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "has 7 bytes")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "has 9 bytes")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "needs 8 bytes")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "offsets are 8 and 0")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "offsets are -8 and 0")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", 16, "twice")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\u0061":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", 16, "twice")]
    [DataRow("""{"a":{"dtype":"F32","dtype":"F64","shape":[2],"data_offsets":[0,8]}}""", 8, "two fields 'dtype'")]
    [DataRow("""{"__metadata__":{"x":"1","x":"2"}}""", 0, "twice")]
    [DataRow("""{"__metadata__":{"x":1}}""", 0, "String was expected")]
    [DataRow("""{"__metadata__":[]}""", 0, "StartObject was expected")]
    [DataRow("""{"a":{"dtype":"F8_E4M3","shape":[9],"data_offsets":[0,8]}}""", 8, "needs 9 bytes")]
    [DataRow("""{"a":{"dtype":"U64","shape":[2],"data_offsets":[0,8]}}""", 8, "needs 16 bytes")]
    [DataRow("""{"a":{"dtype":"F4","shape":[2],"data_offsets":[9,8]}}""", 8, "offsets are 9 and 8")]
    [DataRow("""{"a":{"dtype":"F4","shape":[-2],"data_offsets":[0,8]}}""", 8, "negative")]
    [DataRow("""{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,7]}}""", 8, "has 8 bytes")]
    [DataRow("""{"a":{"dtype":1,"shape":[1],"data_offsets":[0,8]}}""", 8, "String was expected")]
    [DataRow("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "lacks")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", 8, "two data offsets")]
    [DataRow("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "negative")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "JSON")]
    [DataRow("""{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,8]}}""", 8, "too large")]
    [DataRow("""{"a":{"dtype":"F32","shape":[0,9223372036854775807,9223372036854775807],"data_offsets":[0,0]}}""", 0, "too large")]
    [DataRow("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "too large")]
    [DataRow("""{"a":7}""", 0, "StartObject was expected")]
    [DataRow("""{"a":{}} x""", 0, "lacks")]
    [DataRow("""{} x""", 0, "JSON")]
    [DataRow("""[]""", 0, "begin with")]
    [DataRow(""" {}""", 0, "begin with")]
    [DataRow("""{"a":{"dtype":"F32","shape":[[[[[[[[[1]]]]]]]]],"data_offsets":[0,8]}}""", 8, "JSON")]
    public void Open_BrokenHeader_SaysWhat(string header, int dataLength, string message)
    {
        using var folder = new TemporaryFolder();
        InvalidDataException e = Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.Open(Write(folder, header, dataLength)));
        Assert.Contains(message, e.Message);
        Assert.Contains("a.safetensors", e.Message);
    }

    [TestMethod]
    [DataRow(0UL, "JSON")]
    [DataRow(100UL, "larger than the file")]
    [DataRow(100_000_001UL, "larger than the file")]
    [DataRow(ulong.MaxValue, "larger than the file")]
    public void Open_AbsurdHeaderLength_IsRefused(ulong length, string message)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        File.WriteAllBytes(folder["a.safetensors"], bytes);
        InvalidDataException e = Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.Open(folder["a.safetensors"]));
        Assert.Contains(length == 0 ? "begin with" : message, e.Message);
    }

    [TestMethod]
    public void Open_HeaderOfMillionsOfTokens_NeedsNoMoreMemoryThanTwiceTheFile()
    {
        using var folder = new TemporaryFolder();
        IEnumerable<string> tensors = Enumerable.Range(0, 200_000).Select(i => $"\"{i:x}\":" + """{"dtype":"U8","shape":[0],"data_offsets":[0,0]}""");
        string numbers = string.Concat(Enumerable.Repeat("1,", 3_000_000));
        foreach (string header in new[] { $"{{{string.Join(',', tensors)}}}", $"{{\"a\":{{\"x\":[{numbers}1]}}}}" })
        {
            string path = Write(folder, header, 0);
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.Open(path));
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.IsLessThan(2 * new FileInfo(path).Length + (24 << 20), allocated);
        }
    }

    [TestMethod]
    public void Read_UnknownName_Throws()
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = SafetensorsFile.Open(Write(folder, "{}", 0));
        Assert.Contains("'w'", Assert.ThrowsExactly<KeyNotFoundException>(() => file.Read("w")).Message);
    }

    [TestMethod]
    public void ReadInto_OtherShapeOrType_IsRefusedOrConverted()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a"], [KeyValuePair.Create("w", arange(6, float32).view(2, 3))]);
        using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);
        Assert.Contains("[2, 3]", Assert.ThrowsExactly<ArgumentException>(() => file.ReadInto("w", zeros(3, 2))).Message);
        using Tensor half = zeros(2, 3, dtype: float16);
        file.ReadInto("w", half);
        Assert.AreEqual(15f, half.sum().to(float32).item<float>());
        using Tensor transposed = zeros(3, 2).t();
        file.ReadInto("w", transposed);
        Assert.AreEqual(5f, transposed[1, 2].item<float>());
    }

    [TestMethod]
    public void Read_FileThatIsReplacedMeanwhile_StaysTheOldOne()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a"], [KeyValuePair.Create("w", ones(100_000))]);
        using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);
        SafetensorsWriter.Write(folder["a"], [KeyValuePair.Create("w", zeros(3))]);
        Assert.AreEqual(100_000f, file.Read("w").sum().item<float>());
    }

    private static string Write(TemporaryFolder folder, string header, int dataLength)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] bytes = new byte[8 + json.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        File.WriteAllBytes(folder["a.safetensors"], bytes);
        return folder["a.safetensors"];
    }
}
