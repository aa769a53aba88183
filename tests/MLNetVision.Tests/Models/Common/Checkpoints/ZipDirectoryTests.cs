using System.Text;
using MLNetVision.Models.Common.Checkpoints.Formats.Torch;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Checkpoints;

[TestClass]
public sealed class ZipDirectoryTests
{
    [TestMethod]
    [DataRow(false, DisplayName = "32 bits")]
    [DataRow(true, DisplayName = "64 bits")]
    public void Open_EitherWidthOfSizes_FindsTheStorages(bool wide)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.bin"], Zip(wide));
        using TorchFile file = TorchFile.Open(folder["a.bin"]);
        CollectionAssert.AreEqual(new[] { 1f, 2 }, file.Read("w").data<float>().ToArray());
    }

    [TestMethod]
    [DataRow("deflated", "compressed")]
    [DataRow("encrypted", "compressed or encrypted")]
    [DataRow("two pickles", "2 entries")]
    [DataRow("same name twice", "two entries")]
    [DataRow("no storage", "no entry")]
    [DataRow("big-endian", "byte order 'big'")]
    [DataRow("cut", "cut off")]
    public void Open_OtherZip_SaysWhatIsWrong(string what, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.bin"], Zip(wide: false, what));
        Assert.Contains(message, Assert.ThrowsExactly<InvalidDataException>(() => TorchFile.Open(folder["a.bin"])).Message);
    }

    private static byte[] Zip(bool wide, string what = "")
    {
        byte[] pickle = new PickleBuilder().Op('}').Text("w").Global("torch._utils", "_rebuild_tensor_v2").Op('(')
            .Storage("FloatStorage", "0", 2, legacy: false).Integer(0).Integers([2]).Integers([1]).Ops("\x89NtRs").End();
        List<(string Name, byte[] Content)> entries = [("a/data.pkl", pickle), ("a/data/0", [0, 0, 128, 63, 0, 0, 0, 64])];
        switch (what)
        {
            case "two pickles":
                entries.Add(("b/data.pkl", pickle));
                break;
            case "same name twice":
                entries.Add(entries[0]);
                break;
            case "no storage":
                entries.RemoveAt(1);
                break;
            case "big-endian":
                entries.Add(("a/byteorder", "big"u8.ToArray()));
                break;
        }

        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        using var directory = new MemoryStream();
        using var directoryWriter = new BinaryWriter(directory);
        foreach ((string name, byte[] content) in entries)
        {
            long offset = stream.Position;
            byte[] nameBytes = Encoding.UTF8.GetBytes(name);
            short flags = (short)(what == "encrypted" ? 1 : 0);
            short method = (short)(what == "deflated" ? 8 : 0);
            writer.Write(0x04034b50);
            writer.Write([20, 0]);
            writer.Write(flags);
            writer.Write(method);
            writer.Write(new byte[8]);
            writer.Write(content.Length);
            writer.Write(content.Length);
            writer.Write((short)nameBytes.Length);
            writer.Write((short)5); // torch pads here, so that storages are aligned
            writer.Write(nameBytes);
            writer.Write(new byte[5]);
            writer.Write(content);

            directoryWriter.Write(0x02014b50);
            directoryWriter.Write([45, 0, 45, 0]);
            directoryWriter.Write(flags);
            directoryWriter.Write(method);
            directoryWriter.Write(new byte[8]);
            directoryWriter.Write(wide ? -1 : content.Length);
            directoryWriter.Write(wide ? -1 : content.Length);
            directoryWriter.Write((short)nameBytes.Length);
            directoryWriter.Write((short)(wide ? 32 : 0));
            directoryWriter.Write(new byte[10]);
            directoryWriter.Write(wide ? -1 : (int)offset);
            directoryWriter.Write(nameBytes);
            if (wide)
            {
                directoryWriter.Write([0xff, 0xff, 0, 0]); // another extra comes first
                directoryWriter.Write([1, 0, 24, 0]);
                directoryWriter.Write((long)content.Length);
                directoryWriter.Write((long)content.Length);
                directoryWriter.Write(offset);
            }
        }

        long directoryOffset = stream.Position;
        writer.Write(directory.ToArray());
        if (wide)
        {
            long end = stream.Position;
            writer.Write(0x06064b50);
            writer.Write(44L);
            writer.Write(new byte[12]);
            writer.Write((long)entries.Count);
            writer.Write((long)entries.Count);
            writer.Write(directory.Length);
            writer.Write(directoryOffset);
            writer.Write(0x07064b50);
            writer.Write(0);
            writer.Write(end);
            writer.Write(1);
        }

        writer.Write(0x06054b50);
        writer.Write(new byte[4]);
        writer.Write((short)entries.Count);
        writer.Write((short)entries.Count);
        writer.Write(wide ? -1 : (int)directory.Length);
        writer.Write(wide ? -1 : (int)directoryOffset);
        writer.Write((short)0);
        return what == "cut" ? stream.ToArray()[..^30] : stream.ToArray();
    }
}
