using System.CommandLine;

namespace MLNetVision.Cli.Shell;

/// <summary>The options by which a verb loads a network.</summary>
internal sealed class ModelOptions
{
    /// <param name="required">Whether there is no verb without a network.</param>
    public ModelOptions(bool required = true) => Model = new("--model", "-m")
    {
        Description = "An ML.NET model file (.mlnet, .zip), a checkpoint folder, or a model id such as facebook/levit-128S.",
        HelpName = "MODEL",
        Required = required,
    };

    public Option<string> Model { get; }

    public Option<string> Device { get; } = DeviceName.Option("cpu");

    public Option<string?> Precision { get; } = new Option<string?>("--precision") { Description = "The numbers in which the CPU multiplies: float32 or bfloat16. Default: what the model file says, else float32.", HelpName = "NUMBERS" }
        .Among("float32", "bfloat16");

    private LibTorchOption? _libtorch;

    public void AddTo(Command command)
    {
        command.Options.Add(Model);
        command.Options.Add(Device);
        command.Options.Add(Precision);
        _libtorch = LibTorchOption.AddTo(command);
    }

    public ModelArguments Of(ParseResult parsed) => new(parsed.GetValue(Model) ?? string.Empty, DeviceName.TryParse(parsed.GetValue(Device)!)!, parsed.GetValue(Precision), _libtorch!.Of(parsed));
}

/// <summary>What the options of <see cref="ModelOptions"/> say.</summary>
internal sealed record ModelArguments(string Model, DeviceName Device, string? Precision, string? LibTorch);
