using System.Text.Json;
using MLNetVision.Cli;
using MLNetVision.Cli.Shell;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli;

/// <summary>Runs command lines, in this process or in one of their own.</summary>
internal static class CliRun
{
    /// <summary>In this process: quick, for what needs neither standard input nor a fresh start.</summary>
    public static async Task<FreshProcessResult> InProcessAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await CommandRunner.RunAsync(Verbs.Create(), arguments, output, error);
        return new FreshProcessResult(code, output.ToString(), error.ToString());
    }

    /// <summary>In a process of its own.</summary>
    public static Task<FreshProcessResult> AsProcessAsync(string? input, params string[] arguments) => FreshProcess.RunToolAsync(null, input, [Program, .. arguments]);

    /// <summary>The program, beside the tests.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "MLNetVision.Cli.dll");

    /// <summary>The one JSON object of standard output.</summary>
    public static JsonElement Json(FreshProcessResult result) => JsonDocument.Parse(result.Output).RootElement;
}
