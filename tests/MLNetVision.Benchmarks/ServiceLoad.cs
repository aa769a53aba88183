using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML;

namespace MLNetVision.Benchmarks;

/// <summary>Many clients at once against a running samples/PredictionService; each answer is compared with that of one engine alone.</summary>
internal static class ServiceLoad
{
    private const int Rounds = 4;

    public static void Run(string[] arguments)
    {
        BenchmarkOptions options = BenchmarkOptions.Parse(arguments, "url", "model", "pictures", "clients");
        string model = options.Text("model", string.Empty);
        if (!File.Exists(model))
        {
            throw new BenchmarkUsageException($"There is no model file '{model}': give the one that the service has loaded as --model.");
        }

        string[] files = BenchmarkOptions.Files(BenchmarkOptions.ExistingFolder(options.Text("pictures", "datasets/digits/test"), "pictures"), ".png", ".jpg");
        int clients = options.Number("clients", 64);
        string[] expected = Expected(model, files);
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = clients }) { BaseAddress = new Uri(options.Text("url", "http://localhost:5080")) };
        var delays = new ConcurrentBag<double>();
        int wrong = 0;
        var watch = Stopwatch.StartNew();
        Parallel.ForEachAsync(Enumerable.Range(0, files.Length * Rounds), new ParallelOptions { MaxDegreeOfParallelism = clients }, async (i, cancellation) =>
        {
            long start = Stopwatch.GetTimestamp();
            using var content = new ByteArrayContent(await File.ReadAllBytesAsync(files[i % files.Length], cancellation));
            using HttpResponseMessage response = await client.PostAsync("predict", content, cancellation);
            using JsonDocument answer = JsonDocument.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellation));
            delays.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (answer.RootElement.GetProperty("label").GetString() != expected[i % files.Length])
            {
                Interlocked.Increment(ref wrong);
            }
        }).GetAwaiter().GetResult();
        double[] sorted = [.. delays.Order()];
        Console.WriteLine($"{sorted.Length} predictions for {clients} clients: {sorted.Length / watch.Elapsed.TotalSeconds:f0} a second, "
            + $"median {sorted[sorted.Length / 2]:f0} ms, 99 % within {sorted[sorted.Length * 99 / 100]:f0} ms; {wrong} differ from the answers of one engine alone");
        Environment.ExitCode = wrong == 0 ? 0 : 1;
    }

    private static string[] Expected(string model, string[] files)
    {
        var ml = new MLContext();
        using PredictionEngine<Picture, Answer> engine = ml.Model.CreatePredictionEngine<Picture, Answer>(ml.Model.Load(model, out _));
        return [.. files.Select(file => engine.Predict(new Picture { Image = File.ReadAllBytes(file) }).PredictedDigit)];
    }

    private sealed class Picture
    {
        public byte[] Image { get; set; } = [];

        public string Label { get; set; } = string.Empty;
    }

    private sealed class Answer
    {
        public string PredictedDigit { get; set; } = string.Empty;
    }
}
