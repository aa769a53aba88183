using System.CommandLine;
using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Data;

/// <summary>The options by which a verb reads annotations.</summary>
internal sealed class DataOptions
{
    public Option<string?> Images { get; } = new("--images") { Description = "The folder of the pictures. Default: looked for beside the annotations.", HelpName = "FOLDER" };

    public Option<string?> Split { get; } = new("--split") { Description = "The part of data that are divided.", HelpName = "PART" };

    public Option<string[]> Classes { get; } = new("--classes")
    {
        Description = "The classes of a folder of label maps in the order of their values, or @FILE with one on each line.", HelpName = "NAMES", AllowMultipleArgumentsPerToken = true,
    };

    public Option<int> FirstValue { get; } = NumberOptions.AtLeast(0, 0, "--first-value", "The value of the first class in label maps; with 1, the value 0 has no class.", most: 255);

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[Images, Split, Classes, FirstValue])
        {
            command.Options.Add(option);
        }
    }

    public DataArguments Of(ParseResult parsed) => new(parsed.GetValue(Images), parsed.GetValue(Split), NameLists.Read(parsed.GetValue(Classes)), parsed.GetValue(FirstValue));
}

/// <summary>What the options of <see cref="DataOptions"/> say.</summary>
internal sealed record DataArguments(string? Images, string? Split, IReadOnlyList<string> Classes, int FirstValue);
