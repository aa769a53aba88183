using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.ObjectPool;
using Microsoft.ML;

namespace PredictionService;

/// <summary>Many clients at once against the running service.</summary>
internal static class LoadTest
{
    private const int Clients = 64;

    /// <summary>Asks for every picture of a folder, from many clients at once.</summary>
    /// <returns>0 if every answer was that of one engine alone.</returns>
    public static async Task<int> RunAsync(Uri service, string folder, ObjectPool<PredictionEngine<Picture, Answer>> engines)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        PredictionEngine<Picture, Answer> engine = engines.Get();
        string[] expected = [.. files.Select(file => engine.Predict(new Picture { Image = File.ReadAllBytes(file) }).PredictedDigit)];
        engines.Return(engine);

        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Clients }) { BaseAddress = service };
        var delays = new ConcurrentBag<double>();
        int wrong = 0;
        long memory = 0;
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(Enumerable.Range(0, files.Length * 4), new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (i, cancellation) =>
        {
            if (i == files.Length)
            {
                memory = Environment.WorkingSet;
            }

            string file = files[i % files.Length];
            long start = Stopwatch.GetTimestamp();
            using var content = new ByteArrayContent(await File.ReadAllBytesAsync(file, cancellation));
            using HttpResponseMessage response = await client.PostAsync("predict", content, cancellation);
            using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellation));
            delays.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (answer.RootElement.GetProperty("label").GetString() != expected[i % files.Length])
            {
                Interlocked.Increment(ref wrong);
            }
        });
        double[] sorted = [.. delays.Order()];
        Console.WriteLine($"{sorted.Length} predictions from {Clients} clients: {sorted.Length / watch.Elapsed.TotalSeconds:f0} a second, "
            + $"median {sorted[sorted.Length / 2]:f0} ms, 99 % within {sorted[sorted.Length * 99 / 100]:f0} ms; {wrong} differ from the serial answers; "
            + $"working set {memory >> 20} MiB after the first quarter, {Environment.WorkingSet >> 20} MiB at the end");
        return wrong == 0 ? 0 : 1;
    }
}
