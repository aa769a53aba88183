// Writes each C# snippet of Markdown files as a method in a file of its own, so that a project of them shows that all compile.
//   dotnet run WriteSnippets.cs -- FOLDER FILE…
// A snippet that goes on with an earlier one's MLContext calls it ml; one that declares types is a whole program, and is run.
string folder = Directory.CreateDirectory(args[0]).FullName;
int count = 0;
foreach (string file in args[1..])
{
    List<string>? snippet = null;
    foreach (string line in File.ReadLines(file))
    {
        if (snippet is null)
        {
            snippet = line == "```csharp" ? [] : null;
            continue;
        }

        if (line != "```")
        {
            snippet.Add(line);
            continue;
        }

        if (!snippet.Any(text => text.StartsWith("class ", StringComparison.Ordinal)))
        {
            count++;
            string[] usings = [.. snippet.Where(text => text.StartsWith("using ", StringComparison.Ordinal) && text.EndsWith(';') && !text.Contains('='))];
            string parameter = snippet.Any(text => text.Contains("var ml =", StringComparison.Ordinal)) ? "" : "Microsoft.ML.MLContext ml";
            File.WriteAllLines(Path.Combine(folder, $"Snippet{count}.cs"),
            [
                .. usings, "using Microsoft.ML;", $"// {Path.GetFileName(file)}", $"internal static class Snippet{count}", "{", $"    public static async System.Threading.Tasks.Task Run({parameter})", "    {",
                .. snippet.Where(text => !usings.Contains(text)).Select(text => "        " + text), "    }", "}",
            ]);
        }

        snippet = null;
    }
}

File.WriteAllText(Path.Combine(folder, "Program.cs"), $"System.Console.WriteLine(\"{count} snippets compile\");\n");
return count > 0 ? 0 : 1;
