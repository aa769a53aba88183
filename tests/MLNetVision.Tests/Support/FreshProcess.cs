using System.Diagnostics;

namespace MLNetVision.Tests.Support;

/// <summary>Starts the test host, a fresh process over the same build of the library, or the program dotnet.</summary>
internal static class FreshProcess
{
    /// <summary>Starts a verb; the caller disposes the process.</summary>
    public static Process Start(IReadOnlyDictionary<string, string>? environment, params string[] arguments) =>
        StartTool(environment, [Path.Combine(AppContext.BaseDirectory, "MLNetVision.TestHost.dll"), .. arguments]);

    /// <summary>Runs a verb to its end.</summary>
    public static Task<FreshProcessResult> RunAsync(IReadOnlyDictionary<string, string>? environment, params string[] arguments) =>
        ReadAsync(Start(environment, arguments));

    /// <summary>Runs a command of the program <c>dotnet</c> to its end.</summary>
    public static Task<FreshProcessResult> RunToolAsync(IReadOnlyDictionary<string, string>? environment, params string[] arguments) =>
        ReadAsync(StartTool(environment, arguments));

    /// <summary>Runs a command of the program <c>dotnet</c> to its end, with text on its standard input.</summary>
    public static async Task<FreshProcessResult> RunToolAsync(IReadOnlyDictionary<string, string>? environment, string? input, string[] arguments)
    {
        Process process = StartTool(environment, arguments, takesInput: true);
        Task<FreshProcessResult> result = ReadAsync(process);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        return await result;
    }

    private static Process StartTool(IReadOnlyDictionary<string, string>? environment, string[] arguments, bool takesInput = false)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = takesInput,
            UseShellExecute = false,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task<FreshProcessResult> ReadAsync(Process started)
    {
        using Process process = started;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new FreshProcessResult(process.ExitCode, await output, await error);
    }
}

/// <summary>What a process left behind.</summary>
internal sealed record FreshProcessResult(int ExitCode, string Output, string Error);
