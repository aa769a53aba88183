using System.CommandLine;
using System.Globalization;

namespace MLNetVision.Cli.Shell;

/// <summary>The device of --device: cpu, cuda, cuda:N or auto.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Gpu">The number of the GPU; null for the CPU.</param>
/// <param name="MayFallBack">Whether the CPU stands in.</param>
internal sealed record DeviceName(string Text, int? Gpu, bool MayFallBack)
{
    public static Option<string> Option(string fallback) => new("--device")
    {
        Description = "What computes: cpu, cuda (the first GPU), cuda:N, or auto (a GPU if one can be used, else the CPU).",
        HelpName = "DEVICE",
        DefaultValueFactory = _ => fallback,
        Validators = { result => { if (result.Tokens is [var token] && TryParse(token.Value) is null) { result.AddError($"--device is '{token.Value}'; expected cpu, cuda, cuda:N or auto."); } } },
    };

    public static DeviceName? TryParse(string text) => text switch
    {
        "cpu" => new DeviceName(text, null, false),
        "cuda" => new DeviceName(text, 0, false),
        "auto" => new DeviceName(text, 0, true),
        _ => text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new DeviceName(text, number, false) : null,
    };
}
