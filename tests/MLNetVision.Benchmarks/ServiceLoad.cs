using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;

namespace MLNetVision.Benchmarks;

/// <summary>Many clients at once against a running 'mlnetvision serve' or samples/PredictionService; each answer is compared with that of one client alone.</summary>
internal static class ServiceLoad
{
    private const int MostPictures = 64;

    /// <summary>How much more memory the second half of the run may take than the second quarter, before which all is warm.</summary>
    private const double Growth = 1.10;

    public static void Run(string[] arguments)
    {
        BenchmarkOptions options = BenchmarkOptions.Parse(arguments, "url", "pictures", "clients", "seconds", "process");
        string[] files = BenchmarkOptions.Files(BenchmarkOptions.ExistingFolder(options.Text("pictures", "datasets/digits/test"), "pictures"), ".png", ".jpg");
        byte[][] pictures = [.. files.Take(MostPictures).Select(File.ReadAllBytes)];
        int clients = options.Number("clients", 64), process = options.Number("process", 0);
        var length = TimeSpan.FromSeconds(options.Number("seconds", 60));
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = clients }) { BaseAddress = new Uri(options.Text("url", "http://localhost:5080")) };
        string[] expected = [.. pictures.Select(picture => AskAsync(client, picture).GetAwaiter().GetResult())];

        var delays = new ConcurrentBag<double>();
        var errors = new ConcurrentBag<string>();
        var memory = new List<(double Share, long Bytes)>();
        var watch = Stopwatch.StartNew();
        Task[] asking = [.. Enumerable.Range(0, clients).Select(number => Task.Run(() => AskOnAsync(number)))];
        while (!Task.WaitAll(asking, TimeSpan.FromMilliseconds(500)))
        {
            memory.Add((watch.Elapsed / length, process > 0 ? ResidentBytes(process) : 0));
        }

        double seconds = watch.Elapsed.TotalSeconds;
        double[] sorted = [.. delays.Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{sorted.Length} answers for {clients} clients in {seconds:f0} s: {sorted.Length / seconds:f0} a second; "
            + $"p50 {At(0.50):f0} ms, p95 {At(0.95):f0} ms, p99 {At(0.99):f0} ms; {errors.Count} errors"));
        errors.Distinct().Take(5).ToList().ForEach(Console.WriteLine);
        bool isFlat = true;
        if (process > 0)
        {
            long before = Peak(0.25, 0.5), after = Peak(0.5, 1);
            isFlat = after <= before * Growth;
            Console.WriteLine($"memory: {before >> 20} MB in the second quarter, {after >> 20} MB in the second half, {(isFlat ? "flat" : "it grows")}");
        }

        Environment.ExitCode = errors.IsEmpty && isFlat && sorted.Length > 0 ? 0 : 1;

        async Task AskOnAsync(int number)
        {
            for (int i = number; watch.Elapsed < length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                try
                {
                    if (await AskAsync(client, pictures[i % pictures.Length]) != expected[i % pictures.Length])
                    {
                        errors.Add("an answer differs from that of one client alone");
                    }
                }
                catch (HttpRequestException e)
                {
                    errors.Add(e.Message);
                }

                delays.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        double At(double share) => sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];

        long Peak(double from, double to) => memory.Where(item => item.Share >= from && item.Share < to).Max(item => item.Bytes);
    }

    private static async Task<string> AskAsync(HttpClient client, byte[] picture)
    {
        using var content = new ByteArrayContent(picture) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } };
        using HttpResponseMessage response = await client.PostAsync("predict", content);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    private static long ResidentBytes(int id)
    {
        using var process = Process.GetProcessById(id);
        return process.WorkingSet64;
    }
}
