using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Tests.Conformance;

/// <summary>Rules 6 to 13: row mappers, laziness, cursors.</summary>
[TestClass]
public sealed class CursorConformanceTests
{
    private static MLContext Ml => FittedSubjects.Context;

    public static IEnumerable<object[]> Subjects => ConformanceSubjects.Names;

    [TestMethod, DynamicData(nameof(Subjects))]
    public void RowMapper_OfTransformer_KeepsTheInputSchemaItself(string name)
    {
        (ConformanceSubject subject, ITransformer transformer, IDataView data) = Get(name);
        Assert.IsTrue(transformer.IsRowToRowMapper);
        IRowToRowMapper mapper = transformer.GetRowToRowMapper(data.Schema);
        Assert.AreSame(data.Schema, mapper.InputSchema);
        string[] needed = [.. mapper.GetDependencies([mapper.OutputSchema[subject.OutputColumns[0]]]).Select(column => column.Name)];
        CollectionAssert.AreEqual(new[] { "Image" }, needed);
        CollectionAssert.AreEqual(new[] { "Id" }, mapper.GetDependencies([mapper.OutputSchema["Id"]]).Select(column => column.Name).ToArray());
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Row_WithAllColumnsActive_ReadsAndScoresEachPositionOnce(string name)
    {
        (ConformanceSubject subject, ITransformer transformer, IDataView data) = Get(name);
        List<object?[]> expected = ViewReader.ReadAll(transformer.Transform(data), subject.OutputColumns);
        IRowToRowMapper mapper = transformer.GetRowToRowMapper(data.Schema);
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema);
        var input = new CountingRow(cursor);
        using (DataViewRow row = mapper.GetRow(input, mapper.OutputSchema))
        {
            Func<object?>[] readers = [.. subject.OutputColumns.Select(column => ViewReader.Create(row, mapper.OutputSchema[column]))];
            Assert.AreEqual(0, input.Reads.Count, "making getters reads nothing");
            for (int i = 0; i < 3; i++)
            {
                Assert.IsTrue(cursor.MoveNext());
                Assert.AreEqual(i, row.Position);
                object?[] values = [.. readers.Select(reader => reader())];
                object?[] again = [.. readers.Select(reader => reader())];
                ViewReader.AssertEqual([values], [again], name);
                ViewReader.AssertEqual([expected[i]], [values], $"{name} row by row", tolerance: 1e-4);
                Assert.AreEqual(i + 1, input.Reads["Image"], "one read, so one forward pass, for a position");
            }
        }

        Assert.IsTrue(input.IsDisposed, "a row disposes of the row that it wraps");
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Transform_Called_OpensNoCursor(string name)
    {
        (_, ITransformer transformer, IDataView data) = Get(name);
        var counting = new CountingView(data);
        IDataView scored = transformer.Transform(counting);
        Assert.IsNotNull(scored.Schema);
        Assert.AreEqual(0, counting.Cursors);
        Assert.AreEqual(data.GetRowCount(), scored.GetRowCount());
        Assert.AreEqual(data.CanShuffle, scored.CanShuffle);
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Cursor_OverInputColumnsOnly_NeitherReadsPicturesNorRunsTheModel(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        var counting = new CountingView(ConformanceData.Create(Ml, subject.Form));
        ITransformer transformer = FittedSubjects.Fit(subject, Ml);
        IDataView scored = transformer.Transform(counting);

        // A disposed model cannot run: what can be read now was read without it.
        ((IDisposable)transformer).Dispose();
        List<object?[]> rows = ViewReader.ReadAll(scored, "Id", "Vector");
        ViewReader.AssertEqual(ViewReader.ReadAll(counting, "Id", "Vector"), rows, name);
        CollectionAssert.DoesNotContain(counting.Columns, "Image");
        Assert.ThrowsExactly<ObjectDisposedException>(() => ViewReader.ReadAll(scored, subject.OutputColumns[0]));
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void CursorSet_OfAnySize_IsOneCursor(string name)
    {
        (ConformanceSubject subject, ITransformer transformer, IDataView data) = Get(name);
        IDataView scored = transformer.Transform(data);
        DataViewRowCursor[] cursors = scored.GetRowCursorSet(scored.Schema, 4);
        Assert.AreEqual(1, cursors.Length);
        using DataViewRowCursor cursor = cursors[0];
        DataViewSchema.Column[] columns = [.. subject.OutputColumns.Select(column => scored.Schema[column])];
        ViewReader.AssertEqual(ViewReader.ReadAll(scored, subject.OutputColumns), ViewReader.ReadAll(cursor, columns), name);
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Getters_MadeOnSeveralThreads_GiveTheSameValues(string name)
    {
        (ConformanceSubject subject, ITransformer transformer, IDataView data) = Get(name);
        IDataView scored = transformer.Transform(data);
        List<object?[]> expected = ViewReader.ReadAll(scored, subject.OutputColumns);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        for (int row = 0; cursor.MoveNext(); row++)
        {
            Parallel.For(0, 4, _ =>
            {
                object?[] values = [.. subject.OutputColumns.Select(column => ViewReader.Create(cursor, scored.Schema[column])())];
                ViewReader.AssertEqual([expected[row]], [values], name);
            });
        }
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Cursor_BeforeAndAfterRows_HasPositionMinusOneAndStaysEnded(string name)
    {
        (ConformanceSubject subject, ITransformer transformer, IDataView data) = Get(name);
        IDataView scored = transformer.Transform(data);
        foreach (string column in new[] { "Id", subject.OutputColumns[0] })
        {
            // Only a scored column is this library's; what a source does with a value out of time is its own affair.
            bool isScored = column != "Id";
            using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema[column]]);
            Func<object?> read = ViewReader.Create(cursor, scored.Schema[column]);
            Assert.AreEqual(-1, cursor.Position);
            AssertNoValue(isScored, read);
            long batch = long.MinValue;
            for (int i = 0; i < ConformanceData.Rows; i++)
            {
                Assert.IsTrue(cursor.MoveNext());
                Assert.AreEqual(i, cursor.Position);
                Assert.IsTrue(cursor.Batch >= batch);
                batch = cursor.Batch;
            }

            Assert.IsFalse(cursor.MoveNext());
            Assert.AreEqual(-1, cursor.Position);
            Assert.IsFalse(cursor.MoveNext());
            AssertNoValue(isScored, read);
            cursor.Dispose();
            cursor.Dispose();
        }
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Getter_OfInactiveColumnOrWrongType_Throws(string name)
    {
        (ConformanceSubject subject, ITransformer transformer, IDataView data) = Get(name);
        IDataView scored = transformer.Transform(data);
        DataViewSchema.Column output = scored.Schema[subject.OutputColumns[0]];
        using DataViewRowCursor cursor = scored.GetRowCursor([output, scored.Schema["Id"]]);
        Assert.IsTrue(cursor.IsColumnActive(output));
        Assert.IsFalse(cursor.IsColumnActive(scored.Schema["Vector"]));
        Assert.Throws<ArgumentException>(() => cursor.GetGetter<VBuffer<float>>(scored.Schema["Vector"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<DateTime>(output));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<float>(scored.Schema["Id"]));
        Assert.Throws<ArgumentException>(() => scored.GetRowCursor([transformer.GetOutputSchema(scored.Schema)[^1]]));
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Ids_OfSerialAndShuffledCursors_BelongToTheSameRows(string name)
    {
        (ConformanceSubject subject, ITransformer transformer, _) = Get(name);
        IDataView data = Ml.Data.Cache(ConformanceData.Create(Ml, PictureForm.Paths));
        IDataView scored = transformer.Transform(data);
        Assert.IsTrue(scored.CanShuffle);
        Dictionary<DataViewRowId, object?[]> serial = ReadIds(scored, subject, null);
        Dictionary<DataViewRowId, object?[]> shuffled = ReadIds(scored, subject, new Random(5));
        CollectionAssert.AreNotEqual(serial.Keys.ToArray(), shuffled.Keys.ToArray());
        foreach ((DataViewRowId id, object?[] values) in serial)
        {
            ViewReader.AssertEqual([values], [shuffled[id]], name, tolerance: 1e-4);
        }
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Values_ChangedByTheReader_DoNotChangeTheSource(string name)
    {
        (ConformanceSubject subject, ITransformer transformer, IDataView data) = Get(name);
        IDataView scored = transformer.Transform(data);
        string[] vectors = [.. subject.OutputColumns.Where(column => scored.Schema[column].Type is VectorDataViewType { ItemType: NumberDataViewType { RawType: { } raw } } && raw == typeof(float)), "Vector"];
        using DataViewRowCursor cursor = scored.GetRowCursor([.. vectors.Select(column => scored.Schema[column])]);
        while (cursor.MoveNext())
        {
            foreach (string column in vectors)
            {
                ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(scored.Schema[column]);
                VBuffer<float> first = default;
                getter(ref first);
                float[] kept = [.. first.DenseValues()];
                VBufferEditor<float> editor = VBufferEditor.CreateFromBuffer(ref first);
                editor.Values.Fill(-7);
                VBuffer<float> second = default;
                getter(ref second);
                CollectionAssert.AreEqual(kept, second.DenseValues().ToArray(), column);
            }
        }
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Pictures_OfTheCaller_AreNeverDisposed(string name)
    {
        (ConformanceSubject subject, ITransformer transformer, _) = Get(name);
        IDataView scored = transformer.Transform(ConformanceData.Create(Ml, PictureForm.Pixels));

        // With the picture as a column of the output too: what comes out is a copy, whose disposal harms nobody.
        string[] columns = ["Image", subject.OutputColumns[0]];
        List<object?[]> first = ViewReader.ReadAll(scored, columns);
        using (DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Image"], scored.Schema[subject.OutputColumns[0]]]))
        {
            ValueGetter<MLImage> getter = cursor.GetGetter<MLImage>(scored.Schema["Image"]);
            while (cursor.MoveNext())
            {
                MLImage image = null!;
                getter(ref image);
                image.Dispose();
            }
        }

        ViewReader.AssertEqual(first, ViewReader.ReadAll(scored, columns), name);
        Assert.IsTrue(ConformanceData.LentImages.All(image => image.Width > 0));
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void ScoredData_Downstream_CacheFilterTakeSkipShuffleAndEnumerate(string name)
    {
        (ConformanceSubject subject, ITransformer transformer, _) = Get(name);
        IDataView scored = transformer.Transform(ConformanceData.Create(Ml, PictureForm.Paths));
        string[] columns = ["Id", .. subject.OutputColumns];
        List<object?[]> all = ViewReader.ReadAll(scored, columns);
        ViewReader.AssertEqual(all, ViewReader.ReadAll(Ml.Data.Cache(scored), columns), "cache");
        ViewReader.AssertEqual(all[..4], ViewReader.ReadAll(Ml.Data.TakeRows(scored, 4), columns), "take");
        ViewReader.AssertEqual(all[7..], ViewReader.ReadAll(Ml.Data.SkipRows(scored, 7), columns), "skip");
        IDataView filtered = Ml.Data.FilterRowsByColumn(Ml.Transforms.Conversion.ConvertType("Number", outputKind: DataKind.Single).Fit(scored).Transform(scored), "Number", 15, 25);
        ViewReader.AssertEqual([.. all.Where(row => (int)row[0]! % 3 == 1)], ViewReader.ReadAll(filtered, columns), "filter");
        List<object?[]> shuffled = ViewReader.ReadAll(Ml.Data.ShuffleRows(scored), columns);
        ViewReader.AssertEqual(all, [.. shuffled.OrderBy(row => (int)row[0]!)], "shuffle", tolerance: 1e-4);
        Assert.AreEqual(ConformanceData.Rows, Ml.Data.CreateEnumerable<IdOnly>(scored, reuseRowObject: false, ignoreMissingColumns: true).Count());
    }

    private static void AssertNoValue(bool isScored, Func<object?> read)
    {
        if (isScored)
        {
            Assert.ThrowsExactly<InvalidOperationException>(() => read());
        }
    }

    private static Dictionary<DataViewRowId, object?[]> ReadIds(IDataView view, ConformanceSubject subject, Random? random)
    {
        DataViewSchema.Column[] columns = [.. subject.OutputColumns.Select(column => view.Schema[column]), view.Schema["Id"]];
        using DataViewRowCursor cursor = view.GetRowCursor(columns, random);
        ValueGetter<DataViewRowId> readId = cursor.GetIdGetter();
        Func<object?>[] readers = [.. columns.Select(column => ViewReader.Create(cursor, column))];
        var rows = new Dictionary<DataViewRowId, object?[]>();
        while (cursor.MoveNext())
        {
            DataViewRowId id = default;
            readId(ref id);
            rows.Add(id, [.. readers.Select(reader => reader())]);
        }

        return rows;
    }

    private static (ConformanceSubject Subject, ITransformer Transformer, IDataView Data) Get(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        return (subject, FittedSubjects.Get(subject), ConformanceData.Create(Ml, subject.Form));
    }

    private sealed class IdOnly
    {
        public int Id { get; set; }
    }
}
