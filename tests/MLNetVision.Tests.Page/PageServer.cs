using System.Diagnostics;

namespace MLNetVision.Tests.Page;

/// <summary>The command 'mlnetvision serve' in a process of its own.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private readonly Process _process;

    private PageServer(Process process, string url) => (_process, Url) = (process, url);

    public string Url { get; }

    public static async Task<PageServer> StartAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "MLNetVision.Cli.dll"), "serve", "--port", "0", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start)!;
        Task<string> said = process.StandardError.ReadToEndAsync();
        string? url = await process.StandardOutput.ReadLineAsync();
        return new PageServer(process, url ?? throw new InvalidOperationException(await said));
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
