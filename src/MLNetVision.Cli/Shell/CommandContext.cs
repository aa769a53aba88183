using System.Text.Json;

namespace MLNetVision.Cli.Shell;

/// <summary>What a running command has: where its answer goes, whom it tells, and when it has to stop.</summary>
/// <param name="output">Standard output: the answer alone.</param>
/// <param name="reporter">All else.</param>
/// <param name="wantsJson">Whether the answer is one JSON object.</param>
/// <param name="cancellation">Cancelled by Ctrl+C.</param>
internal sealed class CommandContext(TextWriter output, Reporter reporter, bool wantsJson, CancellationToken cancellation)
{
    public TextWriter Output => output;

    public Reporter Reporter => reporter;

    public bool WantsJson => wantsJson;

    public CancellationToken Cancellation => cancellation;

    /// <summary>Writes the one JSON object that --json asks for.</summary>
    public void WriteJson(Action<Utf8JsonWriter> properties) => JsonAnswer.Write(output, properties);
}
