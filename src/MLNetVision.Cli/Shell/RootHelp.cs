namespace MLNetVision.Cli.Shell;

/// <summary>The help of the whole command, written without the command line's parser: it is what people wait for first.</summary>
internal static class RootHelp
{
    public static bool IsAsked(string[] args) => args is [] or ["--help"] or ["-h"] or ["-?"];

    public static void Write(TextWriter output, string name, string description, Verb[] verbs, (string Names, string Description)[] options)
    {
        int width = Math.Max(Longest(verbs.Length, i => verbs[i].Name), Longest(options.Length, i => options[i].Names));
        output.WriteLine($"Description:\n  {description}\n\nUsage:\n  {name} VERB [options]\n\nVerbs:");
        foreach (Verb verb in verbs)
        {
            output.WriteLine($"  {verb.Name.PadRight(width)}  {verb.Description}");
        }

        output.WriteLine("\nOptions of every verb:");
        foreach ((string names, string text) in options)
        {
            output.WriteLine($"  {names.PadRight(width)}  {text}");
        }

        output.WriteLine("\nExamples:");
        foreach (Verb verb in verbs)
        {
            output.WriteLine($"  {FirstExample(verb)}");
        }
    }

    private static string FirstExample(Verb verb) => verb.Examples.Length > 0 ? verb.Examples[0] : FirstExample(verb.Below[0]);

    private static int Longest(int count, Func<int, string> text)
    {
        int longest = 0;
        for (int i = 0; i < count; i++)
        {
            longest = Math.Max(longest, text(i).Length);
        }

        return longest;
    }
}
