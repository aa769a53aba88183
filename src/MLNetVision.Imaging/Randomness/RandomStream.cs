namespace MLNetVision.Imaging.Randomness;

/// <summary>
/// A stream of random numbers that is a function of what it is for: whoever asks for the stream of (seed, purpose, epoch,
/// item) gets the same numbers, on whatever thread and in whatever order. So a training has no random state to save.
/// </summary>
/// <remarks><see cref="SplitMix64"/>, started at a mix of the coordinates.</remarks>
internal sealed class RandomStream
{
    private ulong _state;

    public RandomStream(int seed, RandomPurpose purpose, long epoch, long item)
    {
        ulong state = SplitMix64.Mix((uint)seed + SplitMix64.Increment);
        state = SplitMix64.Mix(state ^ ((ulong)purpose * SplitMix64.Increment));
        state = SplitMix64.Mix(state ^ ((ulong)epoch * SplitMix64.Increment));
        _state = SplitMix64.Mix(state ^ ((ulong)item * SplitMix64.Increment));
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits() => SplitMix64.Mix(_state += SplitMix64.Increment);

    /// <summary>From 0 to below 1, in steps of 2⁻⁵³.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From minimum to below maximum.</summary>
    public double Uniform(double minimum, double maximum) => minimum + (maximum - minimum) * NextDouble();

    /// <summary>From −1 to below 1.</summary>
    public double Symmetric() => 2 * NextDouble() - 1;

    /// <summary>From 0 to count − 1.</summary>
    public int Below(int count) => (int)Math.BigMul(NextBits(), (ulong)count, out _);

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>A standard normal number (Box and Muller 1958).</summary>
    public double Gaussian()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>A number of the symmetric Beta(α, α), from 0 to 1.</summary>
    public double Beta(double alpha)
    {
        double x = LogGamma(alpha);
        double y = LogGamma(alpha);

        // x / (x + y) from logarithms: for a small α both numbers may be too small for a double.
        return 1 / (1 + Math.Exp(y - x));
    }

    /// <summary>Puts the items into a random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>The logarithm of a number of Gamma(shape, 1) (Marsaglia and Tsang 2000).</summary>
    private double LogGamma(double shape)
    {
        if (shape < 1)
        {
            return LogGamma(shape + 1) + Math.Log(1 - NextDouble()) / shape;
        }

        double d = shape - 1.0 / 3;
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = Gaussian();
            double v = 1 + c * x;
            if (v <= 0)
            {
                continue;
            }

            v = v * v * v;
            if (Math.Log(1 - NextDouble()) < 0.5 * x * x + d * (1 - v + Math.Log(v)))
            {
                return Math.Log(d) + Math.Log(v);
            }
        }
    }
}
