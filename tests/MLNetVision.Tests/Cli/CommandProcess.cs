using System.Diagnostics;

namespace MLNetVision.Tests.Cli;

/// <summary>A running command. It ends with the test at the latest: a training that a failed test left behind would run for hours.</summary>
internal sealed class CommandProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private CommandProcess(Process process) => Process = process;

    public Process Process { get; }

    /// <summary>Starts the command with all its streams redirected.</summary>
    public static CommandProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [CliRun.Program, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        return new CommandProcess(Process.Start(start)!);
    }

    /// <summary>Presses Ctrl+C and waits for the end; where tests run in the background and Ctrl+C is ignored, the command is asked to end, which is the same to it.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> InterruptAsync()
    {
        await SignalAsync();
        await Process.WaitForExitAsync().WaitAsync(Patience);
        return Process.ExitCode;
    }

    /// <summary>Presses Ctrl+C, or asks to end.</summary>
    public async Task SignalAsync()
    {
        using Process signal = Process.Start("kill", [IgnoresInterrupt() ? "-TERM" : "-INT", $"{Process.Id}"]);
        await signal.WaitForExitAsync();
    }

    // A shell starts what it puts into the background so, and programs keep to it.
    private bool IgnoresInterrupt()
    {
        const int Interrupt = 1 << (2 - 1);
        string status = $"/proc/{Process.Id}/status";
        return File.Exists(status) && File.ReadLines(status).FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is { } line
            && (Convert.ToUInt64(line[7..].Trim(), 16) & Interrupt) != 0;
    }

    /// <summary>Reads what is said to its end, lest the command wait for a reader.</summary>
    public void DiscardOutput()
    {
        Process.BeginErrorReadLine();
        Process.BeginOutputReadLine();
    }

    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
        }

        Process.Dispose();
    }
}
