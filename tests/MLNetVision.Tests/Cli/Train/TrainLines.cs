using System.Diagnostics;
using MLNetVision.Tests.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Train;

/// <summary>The command's words for small trainings, and their processes.</summary>
internal static class TrainLines
{
    /// <summary>The tests' own libtorch.</summary>
    public static string LibTorch => Path.Combine(AppContext.BaseDirectory, "runtimes", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "native");

    /// <summary>The words of a classification of digits that lie in the folder.</summary>
    public static string[] Classification(TemporaryFolder folder, string output, params string[] more) =>
    [
        "image-classification", "--dataset", folder["digits"], "--name", "Digits", "--output", folder[output], "--checkpoint", SmallProjects.SmallLevit.Value,
        "--epoch", "4", "--batch", "8", "--device", "cpu", .. more,
    ];

    /// <summary>The words of a segmentation of the repository's scenes.</summary>
    public static string[] Segmentation(TemporaryFolder folder, string output, params string[] more) =>
    [
        "segmentation", "--dataset", SmallProjects.Scenes, "--split-ratio", "0.1", "--name", "Scenes", "--output", folder[output], "--checkpoint", SmallProjects.Starter,
        "--steps", "16", "--batch", "1", "--device", "cpu", .. more,
    ];

    /// <summary>Starts the command as a process whose output nobody reads.</summary>
    public static CommandProcess Start(string[] arguments)
    {
        CommandProcess command = CommandProcess.Start(arguments);
        command.DiscardOutput();
        return command;
    }

    /// <summary>Waits until something is there, for a minute at most.</summary>
    public static async Task WaitForAsync(Func<bool> isThere, Process process)
    {
        for (int i = 0; !isThere(); i++)
        {
            Assert.IsFalse(process.HasExited, "It ended too early.");
            Assert.IsLessThan(6000, i);
            await Task.Delay(10);
        }
    }
}
