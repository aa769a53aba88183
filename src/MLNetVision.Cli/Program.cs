using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli;

/// <summary>The command mlnetvision.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args) => CommandRunner.RunAsync(Verbs.Create(), args, Console.Out, Console.Error);
}
