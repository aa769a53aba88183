using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Support;

/// <summary>Batches in which some pictures hold no finite numbers, or numbers whose products leave the range of a float.</summary>
internal static class SpoiltRows
{
    private const int LargestBatch = 8;

    private static readonly float[] Values = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e38f, -1e38f];

    /// <summary>
    /// Fails unless spoilt pictures change nothing for others: neither for their neighbours in batches of one to eight, nor
    /// for what is scored after them. Answers are compared with those of a scorer that never saw a spoilt picture.
    /// </summary>
    /// <param name="clean">The scorer that sees clean pictures only: from (batch, channels, height, width) to (batch, …).</param>
    /// <param name="tried">The same model anew, to which clean and spoilt pictures are given in turns.</param>
    /// <param name="pictures">Eight clean pictures.</param>
    /// <param name="tolerance">0 for the same bits. Products of libtorch differ a little with the place of their memory.</param>
    public static void AssertLeaveOthersAlone(Func<Tensor, Tensor> clean, Func<Tensor, Tensor> tried, Tensor pictures, float tolerance = 0)
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.AreEqual(LargestBatch, pictures.shape[0]);
        for (int images = 1; images <= LargestBatch; images++)
        {
            Tensor batch = pictures.narrow(0, 0, images);
            float[] expected = Answers(clean, batch);
            int length = expected.Length / images;
            Assert.IsTrue(expected.All(float.IsFinite), "The answers to clean pictures are not finite.");
            for (int round = 0; round < (images == 1 ? Values.Length : 2); round++)
            {
                bool IsSpoilt(int row) => images == 1 || row % 2 == round;
                float[] actual = Answers(tried, Spoil(batch, IsSpoilt, images + round));
                for (int row = 0; row < images; row++)
                {
                    if (!IsSpoilt(row))
                    {
                        AssertSame(expected, actual, (row * length, length), tolerance, $"picture {row} of {images} beside spoilt ones");
                    }
                }

                AssertSame(expected, Answers(tried, batch), (0, expected.Length), tolerance, $"{images} clean pictures after spoilt ones");
            }
        }
    }

    private static Tensor Spoil(Tensor batch, Func<int, bool> isSpoilt, int firstValue)
    {
        Tensor spoilt = batch.clone();
        for (int row = 0; row < batch.shape[0]; row++)
        {
            if (isSpoilt(row))
            {
                // A block of some lines: some parts of the picture's maps stay clean, at first.
                long side = batch.shape[2];
                spoilt[row].narrow(1, row * side / (2 * LargestBatch), side / 4).fill_(Values[(firstValue + row) % Values.Length]);
            }
        }

        return spoilt;
    }

    private static float[] Answers(Func<Tensor, Tensor> scorer, Tensor batch)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. scorer(batch).contiguous().data<float>()];
    }

    private static void AssertSame(float[] expected, float[] actual, (int First, int Length) part, float tolerance, string what)
    {
        for (int i = part.First; i < part.First + part.Length; i++)
        {
            bool isSame = tolerance == 0
                ? BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i])
                : Math.Abs(expected[i] - actual[i]) <= tolerance;
            Assert.IsTrue(isSame, $"{what}: {actual[i]} instead of {expected[i]}, number {i - part.First}");
        }
    }
}
