using System.CommandLine;
using MLNetVision.Models.Common.Native;

namespace MLNetVision.Cli.Shell;

/// <summary>The option --libtorch of verbs that may need one.</summary>
internal sealed class LibTorchOption
{
    private readonly Option<string?> _folder = new("--libtorch")
    {
        Description = "A folder with libtorch 2.10, which GPUs and training need, such as torch/lib of a Python installation. Default: what MLNETVISION_LIBTORCH says, else the NuGet package libtorch-cpu-SYSTEM 2.10.0 where a project has restored it.",
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

    /// <summary>Takes the libtorch that was named, else one that lies on the machine, before anything uses it.</summary>
    public static void Choose(string? named)
    {
        if ((named ?? (TorchLibrary.Folder is null ? TorchLibrary.FindPackage() : null)) is { } folder)
        {
            TorchLibrary.Folder = folder;
        }
    }

    public string? Of(ParseResult parsed) => parsed.GetValue(_folder);
}
