using MLNetVision.Models.Pipelines;

namespace MLNetVision.Models.Training.Automatic;

/// <summary>What a recipe follows of the pictures to learn from.</summary>
/// <param name="Pictures">Their number.</param>
/// <param name="Side">The median of their shorter sides, in pixels.</param>
/// <param name="MayMirror">Whether a mirrored picture still shows its class.</param>
internal sealed record PictureFacts(int Pictures, int Side, bool MayMirror)
{
    /// <summary>Pictures whose shorter side is below this are drawings, characters or crops rather than photos.</summary>
    public const int SmallSide = 64;

    private const int Sampled = 256;

    // Where no size can be read, nothing can be trained either, and the training says so.
    private const int UnknownSide = 224;

    /// <summary>Looks at pictures that lie evenly in the data.</summary>
    /// <param name="count">The pictures.</param>
    /// <param name="sizeOf">The sides of one, from its header.</param>
    /// <param name="classNames">The names of the classes; a single character among them is taken for a letter or digit, which has no mirror image.</param>
    public static PictureFacts Of(int count, Func<int, (int Width, int Height)> sizeOf, IReadOnlyList<string> classNames)
    {
        int sampled = Math.Min(count, Sampled);
        var sides = new List<int>();
        for (int i = 0; i < sampled; i++)
        {
            try
            {
                (int width, int height) = sizeOf((int)((long)i * count / sampled));
                sides.Add(Math.Min(width, height));
            }
            catch (Exception e) when (ReadablePictures.IsUnreadable(e))
            {
                // The training reports it.
            }
        }

        sides.Sort();
        int side = sides.Count == 0 ? UnknownSide : sides[sides.Count / 2];
        return new PictureFacts(count, side, side >= SmallSide && !classNames.Any(name => name.Length == 1));
    }
}
