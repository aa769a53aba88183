using System.Diagnostics;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Benchmarks.Evaluation;

/// <summary>A set like COCO's validation set, drawn image by image: 5,000 images of 480 x 640, 36 detections each, 80 classes.</summary>
internal static class MetricsBenchmark
{
    private const int Images = 5000;
    private const int Detections = 36;
    private const int Truths = 7;
    private const int Classes = 80;
    private const int Height = 480;
    private const int Width = 640;

    public static void Run(string[] arguments)
    {
        int images = BenchmarkOptions.Positional(arguments, 0, Images);
        string[] names = [.. Enumerable.Range(0, Classes).Select(c => $"class {c}")];
        var masks = new InstanceEvaluator(names);
        var boxes = new InstanceEvaluator(names, OverlapKind.Boxes);
        var random = new Random(1);
        long start = GC.GetTotalMemory(forceFullCollection: true);
        double maskSeconds = 0;
        double boxSeconds = 0;
        double decodeSeconds = 0;
        for (int id = 0; id < images; id++)
        {
            // Drawing is not timed; the text of the masks is, as data views and COCO's files hold it.
            (int Class, string Text, double Score)[] truths = [.. Enumerable.Range(0, Truths).Select(_ => (random.Next(Classes), Blob(random, null), 1.0))];
            (int Class, string Text, double Score)[] detections = [.. Enumerable.Range(0, Detections).Select(i => i < Truths ? (truths[i].Class, Blob(random, truths[i].Text), random.NextDouble()) : (random.Next(Classes), Blob(random, null), random.NextDouble()))];
            List<Segment> truthSegments = [], detectionSegments = [];
            decodeSeconds += Time(() =>
            {
                truthSegments = [.. truths.Select(ToSegment)];
                detectionSegments = [.. detections.Select(ToSegment)];
            });
            maskSeconds += Time(() => masks.Add(id, truthSegments, detectionSegments));
            boxSeconds += Time(() => boxes.Add(id, truthSegments, detectionSegments));
        }

        InstanceMetrics? metrics = null;
        double computeSeconds = Time(() => metrics = masks.Compute());
        long kept = GC.GetTotalMemory(forceFullCollection: true) - start;
        Console.WriteLine($"COCO-like set: {images} images of {Height} x {Width}, {Detections} detections, {Truths} truths, {Classes} classes; AP {metrics!.AveragePrecision:0.000}");
        Console.WriteLine($"| step | seconds |\n|---|---|");
        Console.WriteLine($"| read {images * (Detections + Truths)} compressed masks | {decodeSeconds:0.00} |");
        Console.WriteLine($"| match masks | {maskSeconds:0.00} |\n| match boxes | {boxSeconds:0.00} |\n| figures of all classes | {computeSeconds:0.00} |");
        Console.WriteLine($"Kept by both evaluators: {kept / 1e6:0.0} MB; peak memory of the process: {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:0} MB");
    }

    private static Segment ToSegment((int Class, string Text, double Score) item) =>
        new() { Class = item.Class, Mask = RunLengthMask.FromCompressed(item.Text, Height, Width), Score = item.Score };

    /// <summary>A polygon of 24 corners; near another mask's box if one is given, so that detections find truths.</summary>
    private static string Blob(Random random, string? near)
    {
        double radius = 10 + 110 * random.NextDouble() * random.NextDouble();
        double x = random.NextDouble() * Width;
        double y = random.NextDouble() * Height;
        if (near is not null)
        {
            BoundingBox box = RunLengthMask.FromCompressed(near, Height, Width).Box;
            radius = Math.Max(5, (box.Width + box.Height) / 4);
            x = box.X + box.Width / 2 + (random.NextDouble() - 0.5) * radius * 0.4;
            y = box.Y + box.Height / 2 + (random.NextDouble() - 0.5) * radius * 0.4;
        }

        double[] corners = new double[48];
        for (int i = 0; i < 24; i++)
        {
            double r = radius * (0.8 + 0.4 * random.NextDouble());
            corners[2 * i] = x + r * Math.Cos(i * Math.Tau / 24);
            corners[2 * i + 1] = y + r * Math.Sin(i * Math.Tau / 24);
        }

        return RunLengthMask.FromPolygon(corners, Height, Width).ToCompressed();
    }

    private static double Time(Action action)
    {
        var clock = new StepClock(threads: 1);
        TimeSpan start = clock.Now;
        action();
        return clock.Since(start).TotalSeconds;
    }
}
