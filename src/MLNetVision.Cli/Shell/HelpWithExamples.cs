using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MLNetVision.Cli.Shell;

/// <summary>A verb's help with its examples below it.</summary>
internal sealed class HelpWithExamples(HelpAction help, IReadOnlyDictionary<Command, Verb> verbs) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        string[] examples = verbs.TryGetValue(parseResult.CommandResult.Command, out Verb? verb) ? [.. Of(verb)] : [];
        if (examples.Length == 0)
        {
            return code;
        }

        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine(examples.Length == 1 ? "Example:" : "Examples:");
        foreach (string example in examples)
        {
            output.WriteLine($"  {example}");
        }

        return code;
    }

    private static IEnumerable<string> Of(Verb verb) => verb.Examples.Concat(verb.Below.SelectMany(Of));
}
