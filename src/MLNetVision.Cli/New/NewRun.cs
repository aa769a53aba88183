using MLNetVision.Cli.Shell;
using MLNetVision.Projects;
using MLNetVision.Projects.Code;

namespace MLNetVision.Cli.New;

/// <summary>What the options of the verb new say.</summary>
internal sealed record NewArguments(string Project, bool IsWeb, string? Output, string? Name, string? Namespace, bool Overwrite);

/// <summary>Begins an application.</summary>
internal static class NewRun
{
    public static int Run(NewArguments arguments, CommandContext context)
    {
        TrainingProject project = TrainingProject.Load(arguments.Project);
        foreach (string warning in project.Warnings)
        {
            context.Reporter.Warning(warning);
        }

        if (arguments.Output is { } output)
        {
            OutputFolders.RefuseFile(output);
        }

        IReadOnlyList<string> files = Write(project, arguments);
        string folder = Path.GetDirectoryName(files[0])!;
        if (context.WantsJson)
        {
            context.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", true);
                writer.WriteNumber("exitCode", ExitCode.Success);
                writer.WriteString("project", files[0]);
                writer.WriteTexts("files", files);
            });
        }
        else
        {
            context.Output.WriteLine(files[0]);
        }

        context.Reporter.Information($"{files.Count} files in '{folder}'. Run it: dotnet run --project \"{Path.GetRelativePath(Environment.CurrentDirectory, folder)}\"");
        return ExitCode.Success;
    }

    private static IReadOnlyList<string> Write(TrainingProject project, NewArguments arguments)
    {
        try
        {
            return ApplicationCode.Write(
                project, arguments.IsWeb ? ApplicationKind.WebApi : ApplicationKind.Console, arguments.Output ?? Path.GetDirectoryName(project.Path)!,
                new ApplicationOptions { Name = arguments.Name, Namespace = arguments.Namespace, Overwrite = arguments.Overwrite });
        }
        catch (Exception e) when (e is FileNotFoundException or InvalidDataException)
        {
            throw new CommandException(ExitCode.Model, e.Message, e);
        }
        catch (InvalidOperationException e)
        {
            throw new CommandException(ExitCode.Usage, e.Message.Replace("allow to overwrite it", "say --overwrite", StringComparison.Ordinal), e);
        }
    }
}
