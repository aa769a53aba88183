using System.Collections.Concurrent;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Pipelines.Streams;
using MLNetVision.Tests.Conformance;

namespace MLNetVision.Tests.Models.Pipelines.Streams;

[TestClass]
public sealed class PictureStreamTests
{
    [TestMethod]
    public void Run_ManyItems_KeepsOrderAndHoldsFew()
    {
        int asked = 0, answered = 0, mostAhead = 0;
        IEnumerable<int> Items()
        {
            for (int i = 0; i < 20_000; i++)
            {
                asked++;
                mostAhead = Math.Max(mostAhead, asked - Volatile.Read(ref answered));
                yield return i;
            }
        }

        int expected = 0;
        foreach (int result in PictureStream.Run(Items(), 8, batch => batch, batch => batch, CancellationToken.None))
        {
            Assert.AreEqual(expected++, result);
            Volatile.Write(ref answered, expected);
        }

        Assert.AreEqual(20_000, expected);

        // Two batches wait, one is prepared, one is ready, one is read, and one item is in the source's hand.
        Assert.IsLessThanOrEqualTo(5 * 8 + 1, mostAhead);
    }

    [TestMethod]
    [Timeout(30_000)]
    public void Run_SourceThatWaitsForAnswers_IsAnsweredItemByItem()
    {
        using var answers = new BlockingCollection<int>();
        IEnumerable<int> Items()
        {
            for (int i = 0; i < 5; i++)
            {
                yield return i;
                Assert.AreEqual(i, answers.Take());
            }
        }

        foreach (int result in PictureStream.Run(Items(), 32, batch => batch, batch => batch, CancellationToken.None))
        {
            answers.Add(result);
        }
    }

    [TestMethod]
    [Timeout(30_000)]
    public void Run_ErrorOfAnyStage_ReachesTheReaderAfterWhatCameBefore()
    {
        static IEnumerable<int> Broken()
        {
            yield return 1;
            throw new IOException("source");
        }

        var seen = new List<int>();
        Assert.Contains("source", Assert.ThrowsExactly<IOException>(() => seen.AddRange(PictureStream.Run(Broken(), 1, batch => batch, batch => batch, CancellationToken.None))).Message);
        Assert.Contains("prepare", Assert.ThrowsExactly<IOException>(() => Enumerable.Count(PictureStream.Run<int, int[], int>([1, 2], 1, _ => throw new IOException("prepare"), batch => batch, CancellationToken.None))).Message);
        Assert.Contains("score", Assert.ThrowsExactly<IOException>(() => Enumerable.Count(PictureStream.Run<int, int[], int>(Enumerable.Range(0, 1000), 1, batch => batch, _ => throw new IOException("score"), CancellationToken.None))).Message);
    }

    [TestMethod]
    [Timeout(30_000)]
    public void Run_CancelledOrLeft_EndsThoughTheSourceNeverDoes()
    {
        static IEnumerable<int> Endless()
        {
            for (int i = 0; ; i++)
            {
                yield return i;
            }
        }

        Assert.AreEqual(10, PictureStream.Run(Endless(), 4, batch => batch, batch => batch, CancellationToken.None).Take(10).Count());
        using var stop = new CancellationTokenSource();
        using var never = new ManualResetEventSlim();
        IEnumerable<int> Blocked()
        {
            yield return 1;
            stop.CancelAfter(50);
            never.Wait();
        }

        Assert.Throws<OperationCanceledException>(() => PictureStream.Run(Blocked(), 4, batch => batch, batch => batch, stop.Token).ToArray());
        never.Set();
    }

    [TestMethod]
    public void ClassifyEach_BadPicturesAmongGood_AnswersEachInItsPlace()
    {
        using LevitClassifier classifier = LevitClassifier.FromPretrained(LevitClassifierTests.Saved.Value);
        ImageSource[] images = [ConformanceData.PathOf(0), "nowhere.png", ConformanceData.PathOf(1), new byte[] { 1, 2, 3 }, ConformanceData.PathOf(2)];
        foreach (int batch in (int[])[1, 2, 5])
        {
            PictureResult<Classification>[] results = [.. classifier.ClassifyEach(images, batch)];
            CollectionAssert.AreEqual(new[] { true, false, true, false, true }, results.Select(result => result.IsReadable).ToArray());
            Assert.Contains("nowhere.png", results[1].Problem!);
            for (int i = 0; i < images.Length; i += 2)
            {
                CollectionAssert.AreEqual(classifier.Classify(images[i]).Probabilities.ToArray(), results[i].Result!.Probabilities.ToArray());
            }
        }

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => classifier.ClassifyEach(images, 0));
    }

    [TestMethod]
    public void SegmentEach_BadPicturesAmongGood_AnswersEachInItsPlace()
    {
        using Mask2FormerSegmenter segmenter = Mask2FormerSegmenter.FromPretrained(Mask2FormerSegmenterTests.Saved.Value);
        var options = new SegmentationOptions { Task = SegmentationTask.Semantic };
        ImageSource[] images = ["nowhere.png", .. Enumerable.Range(0, 6).Select(i => (ImageSource)ConformanceData.PathOf(i)), new byte[] { 1, 2, 3 }];
        PictureResult<SegmentationResult>[] results = [.. segmenter.SegmentEach(images, options)];
        Assert.HasCount(8, results);
        Assert.IsFalse(results[0].IsReadable || results[7].IsReadable);
        for (int i = 1; i < 7; i++)
        {
            CollectionAssert.AreEqual(segmenter.Segment(images[i], options).ToLabelMap(), results[i].Result!.ToLabelMap());
        }
    }
}
