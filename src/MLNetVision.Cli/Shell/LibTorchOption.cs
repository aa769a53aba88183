using System.CommandLine;

namespace MLNetVision.Cli.Shell;

/// <summary>The option --libtorch of verbs that may need one.</summary>
internal sealed class LibTorchOption
{
    private readonly Option<string?> _folder = new("--libtorch")
    {
        Description = "A folder with libtorch 2.10, which GPUs and training need, such as torch/lib of a Python installation. Default: what MLNETVISION_LIBTORCH says.",
        HelpName = "FOLDER",
    };

    private LibTorchOption()
    {
    }

    public static LibTorchOption AddTo(Command command)
    {
        var option = new LibTorchOption();
        command.Options.Add(option._folder);
        return option;
    }

    public string? Of(ParseResult parsed) => parsed.GetValue(_folder);
}
