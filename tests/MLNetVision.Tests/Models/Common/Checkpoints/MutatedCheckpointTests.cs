using System.Text;
using MLNetVision.Models.Common.Checkpoints.Formats;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Checkpoints;

/// <summary>Thousands of damaged files per form: each is read right or refused clearly.</summary>
[TestClass]
public sealed class MutatedCheckpointTests
{
    private const int Mutations = 5000;
    private const long ManagedBound = 6 << 20;

    public static IEnumerable<object[]> Forms => [["safetensors"], ["zip"], ["legacy"], ["numpy 2"], ["numpy 4"], ["index"]];

    [TestMethod]
    [DynamicData(nameof(Forms))]
    public void Open_DamagedFile_IsReadOrRefused(string form)
    {
        using var folder = new TemporaryFolder();
        string damaged = Write(folder, form);
        byte[] good = File.ReadAllBytes(damaged);
        Assert.IsTrue(Reads(folder.Path), "the file without damage");
        var random = new Random(20240607);
        int refused = 0;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] bytes = Mutate(good, random);
            File.WriteAllBytes(damaged, bytes);
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            refused += Reads(folder.Path) ? 0 : 1;
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.IsLessThan(ManagedBound, allocated, $"mutation {i} of {form}");
        }

        Assert.IsGreaterThan(Mutations / 20, refused);
    }

    private static string Write(TemporaryFolder folder, string form)
    {
        (string, Tensor)[] tensors =
        [
            ("first.weight", arange(24, float32).view(2, 3, 4)), ("first.bias", ones(2, dtype: float16)), ("count", tensor(7L)),
            ("empty", zeros(0, 3)), ("mask", ones(5, dtype: @bool)),
        ];
        switch (form)
        {
            case "numpy 2" or "numpy 4":
                TorchWriter.WriteArrays(folder["model.pkl"], tensors, form[^1] - '0');
                return folder["model.pkl"];
            case "index":
                CheckpointFormTests.Write(folder, "sharded safetensors", tensors);
                return folder["model.safetensors.index.json"];
            default:
                CheckpointFormTests.Write(folder, form, tensors);
                return Directory.GetFiles(folder.Path).Single();
        }
    }

    private static bool Reads(string path)
    {
        try
        {
            using ICheckpoint checkpoint = Checkpoint.Open(path);
            foreach (TensorEntry entry in checkpoint.Entries)
            {
                using Tensor tensor = checkpoint.Read(entry.Name);
                CollectionAssert.AreEqual(entry.Shape.ToArray(), tensor.shape);
            }

            return true;
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException)
        {
            Assert.IsGreaterThan(20, e.Message.Length);
            return false;
        }
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        byte[] bytes = [.. good];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(8))
            {
                case 0: // a bit
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1: // a byte
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2: // cut off
                    bytes = bytes[..Math.Max(1, at)];
                    break;
                case 3: // a length field
                    byte[] value = BitConverter.GetBytes(random.Next(4) switch { 0 => -1L, 1 => long.MaxValue, 2 => random.NextInt64(), _ => random.Next(1 << 20) });
                    value.AsSpan(0, Math.Min(random.Next(2) == 0 ? 4 : 8, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                    break;
                case 4: // a part twice
                    int length = random.Next(Math.Min(64, bytes.Length - at));
                    bytes = [.. bytes[..(at + length)], .. bytes[at..]];
                    break;
                case 5: // a part missing
                    bytes = [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 64))..]];
                    break;
                case 6: // a digit of a number in text
                    int digit = Array.FindIndex(bytes, at, b => b is >= (byte)'0' and <= (byte)'9');
                    if (digit >= 0)
                    {
                        bytes[digit] = (byte)('0' + random.Next(10));
                    }

                    break;
                default: // hostile text
                    Encoding.ASCII.GetBytes("cos\nsystem\n").AsSpan(0, Math.Min(11, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                    break;
            }

            if (bytes.Length == 0)
            {
                return [0];
            }
        }

        return bytes;
    }
}
