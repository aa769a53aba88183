using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Pipelines.Predictions;
using MLNetVision.Projects;

namespace MLNetVision.Cli.Shell;

/// <summary>Loads the network that a verb names, and says by the exit code what is wrong with it.</summary>
internal static class ModelLoading
{
    public static async Task<PicturePredictor> LoadAsync(ModelArguments arguments, CommandContext context)
    {
        if (arguments.LibTorch is { } folder)
        {
            TorchLibrary.Folder = folder;
        }

        try
        {
            return await PicturePredictor.LoadAsync(arguments.Model, OptionsOf(arguments, context), new Progress(context.Reporter), context.Cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException or CheckpointMismatchException or FormatException or NotSupportedException)
        {
            throw new CommandException(ExitCode.Model, $"The model '{arguments.Model}' cannot be used: {e.Message}", e);
        }
        catch (Exception e) when (arguments.Device.Gpu is not null && e is InvalidOperationException or DllNotFoundException)
        {
            throw new CommandException(
                ExitCode.Device, $"--device {arguments.Device.Text} cannot be used on this machine; 'mlnetvision doctor' says what is missing, and --device auto takes the CPU then. ({FirstSentence(e.Message)})", e);
        }
    }

    /// <summary>How a network is loaded.</summary>
    public static PipelineOptions OptionsOf(ModelArguments arguments, CommandContext context) => new()
    {
        GpuDeviceId = arguments.Device.Gpu,
        FallbackToCpu = arguments.Device.MayFallBack,
        Precision = arguments.Precision switch { "bfloat16" => ScoringPrecision.BFloat16, "float32" => ScoringPrecision.Single, _ => null },
        Log = context.Reporter.Detail,
        Warning = arguments.Device.MayFallBack ? context.Reporter.Detail : context.Reporter.Warning,
    };

    /// <summary>Looks before a training whether there is what it starts from.</summary>
    /// <param name="name">A checkpoint folder, a file or a model id, which a project's file counts from its own folder.</param>
    /// <param name="project">The project.</param>
    /// <param name="context">Who is told of a download.</param>
    /// <exception cref="CommandException">There is none, or it is of another kind.</exception>
    public static async Task CheckStartAsync(string name, TrainingProject project, CommandContext context)
    {
        string beside = Path.GetFullPath(OperatingSystem.IsWindows() ? name : name.Replace('\\', '/'), Path.GetDirectoryName(project.Path)!);
        bool classifies = project.Scenario == "ImageClassification";
        try
        {
            PretrainedSource source = await PretrainedSource.ResolveAsync(Path.Exists(beside) ? beside : name, null, new Progress(context.Reporter), context.Cancellation).ConfigureAwait(false);
            string? type = source.ReadModelType();
            if (type != (classifies ? "levit" : "mask2former"))
            {
                string other = type switch { "levit" => " 'mlnetvision image-classification' trains it on.", "mask2former" => " 'mlnetvision segmentation' trains it on.", _ => string.Empty };
                throw new CommandException(
                    ExitCode.Model, $"'{name}' is a network of the type '{type ?? "(none is named)"}'; a {(classifies ? "classification starts from a 'levit'" : "segmentation starts from a 'mask2former'")} (--checkpoint).{other}");
            }
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException)
        {
            throw new CommandException(ExitCode.Model, $"The training cannot start from '{name}' (--checkpoint): {e.Message}", e);
        }
    }

    // What follows tells programmers which of their options to set.
    private static string FirstSentence(string message) => message.Split(": ", 2)[0];

    /// <summary>Says how a download goes, at each tenth.</summary>
    private sealed class Progress(Reporter reporter) : IProgress<HubProgress>
    {
        private (string File, long Tenth) _last;

        public void Report(HubProgress value)
        {
            long tenth = value.TotalBytes > 0 ? value.BytesReceived * 10 / value.TotalBytes : 0;
            if ((value.File, tenth) != _last)
            {
                _last = (value.File, tenth);
                reporter.Information($"{value.File}: {value.BytesReceived >> 20} of {value.TotalBytes >> 20} MB");
            }
        }
    }
}
