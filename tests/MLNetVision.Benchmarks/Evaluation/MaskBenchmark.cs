using MLNetVision.Imaging.Masks;

namespace MLNetVision.Benchmarks.Evaluation;

/// <summary>Throughput of the mask kernels in gigabytes of mask (one byte a pixel) per second, one thread, masks of 480 x 640.</summary>
internal static class MaskBenchmark
{
    private const int Height = 480;
    private const int Width = 640;
    private const int Count = 32;

    public static void Run()
    {
        Run("plain", corners: 24, roughness: 0.3);
        Run("ragged", corners: 200, roughness: 0.9);
    }

    private static void Run(string kind, int corners, double roughness)
    {
        var random = new Random(3);
        RunLengthMask[] masks = [.. Enumerable.Range(0, Count).Select(_ => Blob(random, corners, roughness))];
        byte[][] rows = [.. masks.Select(mask => mask.ToRowMajor())];
        byte[][] columns = [.. masks.Select(ToColumns)];
        string[] texts = [.. masks.Select(mask => mask.ToCompressed())];
        byte[] target = new byte[Height * Width];
        Console.WriteLine($"{kind} masks of {Height} x {Width}, {masks.Average(mask => mask.ToCounts().Length):0} runs on average");
        Console.WriteLine("| kernel | microseconds a mask | GB of mask a second |\n|---|---|---|");
        Report("encode, row-major", () => ForEach(i => RunLengthMask.FromRowMajor(rows[i], Height, Width)));
        Report("encode, column-major", () => ForEach(i => RunLengthMask.FromColumnMajor(columns[i], Height, Width)));
        Report("decode to row-major", () => ForEach(i => masks[i].CopyRowMajor(target)));
        Report("decode to column-major", () => ForEach(i => masks[i].CopyColumnMajor(target)));
        Report("read compressed text", () => ForEach(i => RunLengthMask.FromCompressed(texts[i], Height, Width)));
        Report("write compressed text", () => ForEach(i => masks[i].ToCompressed()));
        Report("boundary (16 pixels)", () => ForEach(i => masks[i].Boundary(16)));
        Report("IoU of two masks", () => ForEach(i => Overlap.OfMasks(masks[i], masks[(i + 1) % Count])), masksPerCall: 2);
    }

    private static void ForEach(Action<int> action)
    {
        for (int i = 0; i < Count; i++)
        {
            action(i);
        }
    }

    private static void Report(string name, Action action, int masksPerCall = 1)
    {
        double seconds = InterleavedTimer.Measure([action], rounds: 10, threads: 1)[0] / Count;
        Console.WriteLine($"| {name} | {seconds * 1e6:0.00} | {masksPerCall * (double)Height * Width / seconds / 1e9:0.0} |");
    }

    private static byte[] ToColumns(RunLengthMask mask)
    {
        byte[] columns = new byte[Height * Width];
        mask.CopyColumnMajor(columns);
        return columns;
    }

    /// <summary>A large blob in the middle, so that all of them overlap.</summary>
    private static RunLengthMask Blob(Random random, int count, double roughness)
    {
        double[] corners = new double[2 * count];
        for (int i = 0; i < count; i++)
        {
            double radius = 200 * (1 - roughness * random.NextDouble());
            corners[2 * i] = Width / 2.0 + radius * 1.4 * Math.Cos(i * Math.Tau / count);
            corners[2 * i + 1] = Height / 2.0 + radius * Math.Sin(i * Math.Tau / count);
        }

        return RunLengthMask.FromPolygon(corners, Height, Width);
    }
}
