using Microsoft.Playwright;

namespace MLNetVision.Tests.Page;

/// <summary>The machine's Chromium, and the two services whose page is tested: one that segments, one that classifies.</summary>
[TestClass]
public static class Browsers
{
    private static IPlaywright? _playwright;
    private static PageServer? _segments, _classes;

    internal static IBrowser Chromium { get; private set; } = null!;

    internal static string Segments => _segments!.Url;

    internal static string Classes => _classes!.Url;

    internal static string Repository { get; } = Find();

    internal static string Scene(int number) => Path.Combine(Repository, "datasets/digit-scenes/test/images", $"{number:d4}.jpg");

    [AssemblyInitialize]
    public static async Task StartAsync(TestContext context)
    {
        _ = context;
        string program = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium";
        _playwright = await Playwright.CreateAsync();
        Chromium = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, Args = ["--no-sandbox", "--disable-gpu"] });
        _segments = await PageServer.StartAsync("--model", Path.Combine(Repository, "samples/pretrained/digit-scenes"));
        _classes = await PageServer.StartAsync("--model", Environment.GetEnvironmentVariable("CLASSIFIER") ?? Path.Combine(Repository, "tests/goldens/checkpoints/levit-safetensors"));
    }

    [AssemblyCleanup]
    public static async Task EndAsync()
    {
        await Chromium.DisposeAsync();
        _playwright!.Dispose();
        await _segments!.DisposeAsync();
        await _classes!.DisposeAsync();
    }

    private static string Find()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "MLNetVision.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run inside of the repository.");
        }

        return folder;
    }
}
