using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetVision.Images;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Scoring;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Scoring;

/// <summary>How batches overlap, with a scorer that only keeps a diary.</summary>
[TestClass]
public sealed class BatchScoringCursorTests
{
    private const int BatchSize = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [TestMethod]
    public void Model_OfABatch_RunsWhileTheNextOneIsPrepared()
    {
        using var scorer = new DiaryScorer { ModelWaitsForNextPreparation = true };
        CollectionAssert.AreEqual(Expected(12), ReadScores(scorer, Rows(12)));
        Assert.AreEqual(4, scorer.Prepared);
        Assert.AreEqual(4, scorer.Scored);
        Assert.AreEqual(0, scorer.Live);
    }

    [TestMethod]
    public void Cursor_MovedWithoutReadingScores_PreparesNothing()
    {
        using var scorer = new DiaryScorer();
        IDataView scored = Transform(scorer, Rows(8));
        using (DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema))
        {
            while (cursor.MoveNext())
            {
            }
        }

        Assert.AreEqual(0, scorer.Prepared);
    }

    [TestMethod]
    public void Cursor_LeftAfterTheFirstRow_HasPreparedOneBatchAheadAndFreesIt()
    {
        using var scorer = new DiaryScorer();
        IDataView scored = Transform(scorer, Rows(30));
        using (DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema))
        {
            float score = 0;
            ValueGetter<float> getter = cursor.GetGetter<float>(scored.Schema["Score"]);
            Assert.IsTrue(cursor.MoveNext());
            getter(ref score);
        }

        Assert.IsLessThanOrEqualTo(2, scorer.Prepared);
        Assert.AreEqual(1, scorer.Scored);
        Assert.AreEqual(0, scorer.Live);
    }

    [TestMethod]
    public void Source_OfACursor_IsReadOnTheThreadThatMovesIt()
    {
        using var scorer = new DiaryScorer();
        var threads = new HashSet<int>();
        ReadScores(scorer, Rows(12).Select(row =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            return row;
        }));
        CollectionAssert.AreEqual(new[] { Environment.CurrentManagedThreadId }, threads.ToArray());
    }

    [TestMethod]
    public void Source_ThatFails_IsAnErrorAfterTheRowsBeforeIt()
    {
        using var scorer = new DiaryScorer();
        IDataView scored = Transform(scorer, Rows(8).Select(row => row.Id == 7 ? throw new TimeoutException("the source") : row));
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        ValueGetter<float> getter = cursor.GetGetter<float>(scored.Schema["Score"]);
        float score = 0;
        for (int i = 0; i < 7; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            getter(ref score);
            Assert.AreEqual(i, score);
        }

        Assert.ThrowsExactly<TimeoutException>(() => cursor.MoveNext());
        Assert.AreEqual(-1, cursor.Position);
        Assert.IsFalse(cursor.MoveNext());
    }

    [TestMethod]
    public void Preparation_ThatFails_IsAnErrorWhereItsBatchIsRead()
    {
        using var scorer = new DiaryScorer { FailsAt = "4" };
        IDataView scored = Transform(scorer, Rows(8));
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        ValueGetter<float> getter = cursor.GetGetter<float>(scored.Schema["Score"]);
        ValueGetter<int> id = cursor.GetGetter<int>(scored.Schema["Id"]);
        float score = 0;
        int own = 0;
        for (int i = 0; i < BatchSize; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            getter(ref score);
        }

        Assert.IsTrue(cursor.MoveNext());
        id(ref own);
        Assert.AreEqual(BatchSize, own);
        Assert.ThrowsExactly<TimeoutException>(() => getter(ref score));
        Assert.ThrowsExactly<TimeoutException>(() => getter(ref score));
    }

    [TestMethod]
    public void BadPictures_OfBatchesThatWereNotRead_AreNotReported()
    {
        var ml = new MLContext();
        using var log = new LogRecorder(ml);
        using var scorer = new DiaryScorer();
        IDataView scored = Transform(scorer, Rows(30).Select(row => row with { Image = row.Id < 1 || row.Id > 3 ? string.Empty : row.Image }), ml);
        using (DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema))
        {
            float score = 0;
            ValueGetter<float> getter = cursor.GetGetter<float>(scored.Schema["Score"]);
            Assert.IsTrue(cursor.MoveNext());
            getter(ref score);
            Assert.AreEqual(float.NaN, score);
        }

        StringAssert.Contains(log.Warnings.Single(warning => warning.Contains("could not be read", StringComparison.Ordinal)), " 1 picture(s)");
    }

    private static IEnumerable<Row> Rows(int count) => Enumerable.Range(0, count).Select(i => new Row { Id = i, Image = $"{i}" });

    private static float[] Expected(int count) => [.. Enumerable.Range(0, count).Select(i => (float)i)];

    private static float[] ReadScores(DiaryScorer scorer, IEnumerable<Row> rows) => [.. Transform(scorer, rows).GetColumn<float>("Score")];

    private static IDataView Transform(DiaryScorer scorer, IEnumerable<Row> rows, MLContext? context = null)
    {
        MLContext ml = context ?? new MLContext();
        var column = new ScoredColumn<Result, float>(
            "Score", NumberDataViewType.Single, _ => null, (Result? result, ref float value) => value = result?.Score ?? float.NaN);
        var scoring = new ImageScoring<Result>(((IHostEnvironment)ml).Register("test"), "Image", BatchSize, scorer, [column], ExifOrientation.Apply);
        return scoring.Transform(ml.Data.LoadFromEnumerable(rows));
    }

    private sealed record Row
    {
        public int Id { get; set; }

        public string Image { get; set; } = string.Empty;
    }

    private sealed record Result(float Score);

    /// <summary>A scorer whose pictures are paths that are numbers, and whose score is the number.</summary>
    private sealed class DiaryScorer : IImageScorer<Result>
    {
        private readonly SemaphoreSlim _preparations = new(0);
        private int _prepared;
        private int _live;

        /// <summary>Whether the model returns only once the batch after its own is prepared (the last but one is the last that has one).</summary>
        public bool ModelWaitsForNextPreparation { get; init; }

        /// <summary>A picture that cannot be prepared at all.</summary>
        public string? FailsAt { get; init; }

        public int Prepared => _prepared;

        public int Scored { get; private set; }

        /// <summary>Prepared batches that were not disposed.</summary>
        public int Live => _live;

        public IPreparedBatch<Result> Prepare(ReadOnlySpan<ImageSource?> sources, UnreadableImages unreadable)
        {
            Interlocked.Increment(ref _prepared);
            var results = new Result?[sources.Length];
            for (int i = 0; i < sources.Length; i++)
            {
                string? name = sources[i] is { } source ? NameOf(source) : null;
                if (name is not null && name == FailsAt)
                {
                    throw new TimeoutException("the preparation");
                }

                results[i] = name is null ? null : new Result(float.Parse(name));
                if (name is null)
                {
                    unreadable.Add("none");
                }
            }

            Interlocked.Increment(ref _live);
            _preparations.Release();
            return new Batch(this, results);
        }

        public void ThrowIfDisposed()
        {
        }

        public void Dispose() => _preparations.Dispose();

        private static string NameOf(ImageSource source)
        {
            // A picture that is not there says in its error which one it is.
            FileNotFoundException error = Assert.Throws<FileNotFoundException>(() => source.Load());
            return Path.GetFileName(error.FileName!);
        }

        private sealed class Batch(DiaryScorer scorer, Result?[] results) : IPreparedBatch<Result>
        {
            public Result?[] Score(IReadOnlySet<string> wanted)
            {
                bool isLast = results.Length == 0 || results[^1]?.Score == 11;
                if (scorer.ModelWaitsForNextPreparation && !isLast)
                {
                    // Its own and, for the first, the one after it; each later one needs one more.
                    int needed = scorer.Scored == 0 ? 2 : 1;
                    for (int i = 0; i < needed; i++)
                    {
                        Assert.IsTrue(scorer._preparations.Wait(Patience), "the next batch is not prepared while the model runs");
                    }
                }

                scorer.Scored++;
                return results;
            }

            public void Dispose() => Interlocked.Decrement(ref scorer._live);
        }
    }
}
