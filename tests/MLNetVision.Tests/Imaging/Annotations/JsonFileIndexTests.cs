using System.Text;
using System.Text.Json;
using MLNetVision.Imaging.Annotations.Json;

namespace MLNetVision.Tests.Imaging.Annotations;

[TestClass]
public sealed class JsonFileIndexTests
{
    private const string Name = "file.json";
    private static readonly Dictionary<string, string> Keys = new() { ["images"] = "id", ["annotations"] = "image_id" };

    /// <summary>Reads that end anywhere: in a byte order mark, a number, an escape, between two elements.</summary>
    [TestMethod]
    [DataRow(1, false)]
    [DataRow(2, true)]
    [DataRow(7, true)]
    [DataRow(1 << 20, true)]
    [DataRow(1 << 20, false)]
    public void Read_PiecesOfAnySize_FindsEachElement(int pieceBytes, bool hasMark)
    {
        const string Json = """
            { "info": {"deep": [1, {"images": [{"id": 9}]}], "text": "a \"quoted\" \u00e9 [{"},
              "images": [{"id": 12345678901, "x": [1, [2]]}, {"name": "ohne Id, für Ärger"}, 17, [{"id": 5}], {"id": 2.5}, {"id": "3"}],
              "annotations": [], "more": -1.5e3 }
            """;
        byte[] bytes = [.. hasMark ? Encoding.UTF8.GetPreamble() : [], .. Encoding.UTF8.GetBytes(Json)];
        JsonFileIndex index = JsonFileIndex.Read(Name, () => new RepeatedStream([], "", 0, bytes) { PieceBytes = pieceBytes }, Keys);
        using JsonDocument whole = JsonDocument.Parse(Json);
        string[] expected = [.. whole.RootElement.GetProperty("images").EnumerateArray().Select(element => element.GetRawText())];
        CollectionAssert.AreEqual(expected, index.Parse(index.Elements("images")).Select(element => element.GetRawText()).ToArray());
        CollectionAssert.AreEqual(new[] { "12345678901", null, null, null, null, "3" }, index.Elements("images").Select(element => element.Key?.ToString()).ToArray());
        Assert.IsEmpty(index.Elements("annotations"));
    }

    /// <summary>What Python writes and what other encodings hold, in reads that end anywhere, costs neither the places nor the keys of what lies behind.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(7)]
    [DataRow(1 << 20)]
    public void Read_WhatIsNoJson_IsMendedInPlace(int pieceBytes)
    {
        byte[] json = [.. """{"images":[{"id":1,"x":[NaN,-Infinity,Infinity],"name":"N NaN \\"},{"id":2,"name":"""u8, (byte)'"', 0x95, 0x5C, (byte)'"', .. """}], "annotations": [{"image_id": 1.0}]}"""u8];
        JsonFileIndex index = JsonFileIndex.Read(Name, () => new RepeatedStream([], "", 0, json) { PieceBytes = pieceBytes }, Keys);
        JsonElement[] images = [.. index.Parse(index.Elements("images"))];
        Assert.AreEqual("""["NaN","-Infinity","Infinity"]""", images[0].GetProperty("x").GetRawText());
        Assert.AreEqual("""N NaN \""", images[0].GetProperty("name").GetString());
        Assert.ThrowsExactly<InvalidOperationException>(() => images[1].GetProperty("name").GetString());
        Assert.AreEqual(new RecordKey(1, null), index.Elements("annotations").Single().Key);
    }

    [TestMethod]
    public void Read_TextLongerThanTheBuffer_IsPassed()
    {
        string text = new('x', 1_000_000);
        JsonFileIndex index = Read($$"""{"info": "{{text}}", "images": [{"id": 1, "url": "{{text}}"}], "annotations": [{"image_id": 1}]}""");
        Assert.AreEqual(text, index.Parse(index.Elements("images")).Single().GetProperty("url").GetString());
        Assert.AreEqual(new RecordKey(1, null), index.Elements("annotations").Single().Key);
    }

    [TestMethod]
    public void Read_MoreThanTwoGigabytes_FindsWhatLiesBehind()
    {
        // A list of long texts, which goes by quickly, then what is looked for.
        string text = $"\"{new string('x', 200_000)}\",";
        const int Times = 11_000;
        byte[] tail = Encoding.UTF8.GetBytes("""0], "images": [{"id": 1}], "annotations": [{"image_id": 7, "area": 3}]}""");
        RepeatedStream? opened = null;
        JsonFileIndex index = JsonFileIndex.Read(Name, () => opened = new RepeatedStream("""{"info": ["""u8.ToArray(), text, Times, tail), Keys);
        Assert.IsGreaterThan(int.MaxValue, opened!.Length);
        JsonFileIndex.Element found = index.Elements("annotations").Single();
        Assert.IsGreaterThan(int.MaxValue, found.Offset);
        Assert.AreEqual(new RecordKey(7, null), found.Key);
        Assert.AreEqual(3, index.Parse([found]).Single().GetProperty("area").GetInt32());
    }

    [TestMethod]
    public void Read_LargeFile_HoldsABufferOfItOnly()
    {
        string text = $"\"{new string('x', 1000)}\",";
        byte[] tail = Encoding.UTF8.GetBytes("""0], "images": [], "annotations": []}""");
        var stream = new RepeatedStream("""{"info": ["""u8.ToArray(), text, 50_000, tail);
        long before = GC.GetAllocatedBytesForCurrentThread();
        JsonFileIndex.Read(Name, () => stream, Keys);
        Assert.IsLessThan(2_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    [DataRow("""{"images": [{"id": 1}], "annotations": [""")]
    [DataRow("""{"images": [{"id": 1}], "annotations": [}""")]
    [DataRow("""{"images": [{"id": 1}], "annotations": 3}""")]
    [DataRow("""{"images": [{"id": 1}]}""")]
    [DataRow("[1]")]
    [DataRow("")]
    [DataRow(" ")]
    public void Read_OtherFiles_AreRefusedByName(string json) =>
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Read(json)).Message, Name);

    [TestMethod]
    public void Parse_FileGrownShorter_SaysThatItHasChanged()
    {
        byte[] json = """{"images": [{"id": 1}], "annotations": [{"image_id": 1}]}"""u8.ToArray();
        bool isIndexed = false;
        JsonFileIndex index = JsonFileIndex.Read(Name, () => new MemoryStream(isIndexed ? json[..45] : json), Keys);
        isIndexed = true;
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => index.Parse(index.Elements("annotations")).ToArray()).Message, "has changed");
    }

    private static JsonFileIndex Read(string json) => JsonFileIndex.Read(Name, () => new MemoryStream(Encoding.UTF8.GetBytes(json)), Keys);

    /// <summary>A beginning, a text many times over, and an end, as a file would give them, without having them.</summary>
    private sealed class RepeatedStream(byte[] head, string repeated, int times, byte[] tail) : Stream
    {
        private readonly byte[] _repeated = Encoding.UTF8.GetBytes(repeated);

        /// <summary>The most bytes of one read.</summary>
        public int PieceBytes { get; init; } = int.MaxValue;

        public override long Length => head.Length + (long)_repeated.Length * times + tail.Length;

        public override long Position { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override int Read(Span<byte> buffer)
        {
            long inside = Position - head.Length, end = (long)_repeated.Length * times;
            ReadOnlySpan<byte> source = inside < 0 ? head.AsSpan((int)Position)
                : inside < end ? _repeated.AsSpan((int)(inside % _repeated.Length))
                : tail.AsSpan((int)Math.Min(tail.Length, inside - end));
            int count = Math.Min(PieceBytes, Math.Min(buffer.Length, source.Length));
            source[..count].CopyTo(buffer);
            Position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }
}
