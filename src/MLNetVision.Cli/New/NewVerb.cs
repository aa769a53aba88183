using System.CommandLine;
using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.New;

/// <summary>The verb new and those below it.</summary>
internal static class NewVerb
{
    public static Verb Create() => new(
        "new", "Begins an application with a trained model.", [], null,
        Of("console", "A program that takes a picture and prints what the model says of it.", isWeb: false),
        Of("webapi", "A web service that takes pictures, with a page to try it on.", isWeb: true));

    private static Verb Of(string name, string description, bool isWeb) => new(
        name, description,
        [$"mlnetvision new {name} --training-config leaves/leaves.mbconfig", $"mlnetvision new {name} --training-config leaves/leaves.mbconfig --output applications --name Leaves --namespace Garden.Leaves"],
        command =>
        {
            var project = new Option<string>("--training-config") { Description = "The project of the model, NAME.mbconfig; the model is that of its last run, or NAME.mlnet beside it.", HelpName = "FILE", Required = true };
            var output = new Option<string?>("--output", "-o") { Description = "Where the application's folder goes. Default: beside the project.", HelpName = "FOLDER" };
            var own = new Option<string?>("--name") { Description = $"The application's name, and its folder's. Default: NAME_{(isWeb ? "WebApi1" : "ConsoleApp1")}.", HelpName = "NAME" };
            var space = new Option<string?>("--namespace") { Description = "The namespace of the model's code. Default: the application's name.", HelpName = "NAME" };
            var overwrite = new Option<bool>("--overwrite") { Description = "Write over an application that was begun before. What is not of this command is kept in any case." };
            foreach (Option option in (Option[])[project, output, own, space, overwrite])
            {
                command.Options.Add(option);
            }

            return (parsed, context) => Task.FromResult(NewRun.Run(
                new NewArguments(parsed.GetValue(project)!, isWeb, parsed.GetValue(output), parsed.GetValue(own), parsed.GetValue(space), parsed.GetValue(overwrite)), context));
        });
}
