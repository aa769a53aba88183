// Writes each C# snippet of Markdown files as a method in a file of its own, and a program that runs them all in their order.
//   dotnet run WriteSnippets.cs -- FOLDER FILE…
// A snippet that goes on with an earlier one's MLContext calls it ml; one that declares types, or serves, is a whole program, and is run
// elsewhere. What a file's snippets write is there for its later ones. The program ends with 1 when one throws.
string folder = Directory.CreateDirectory(args[0]).FullName;
var calls = new List<string>();
foreach (string file in args[1..])
{
    List<string>? snippet = null;
    int number = 0, start = 0;
    foreach (string line in File.ReadLines(file))
    {
        number++;
        if (snippet is null)
        {
            snippet = line == "```csharp" ? [] : null;
            start = number + 1;
            continue;
        }

        if (line != "```")
        {
            snippet.Add(line);
            continue;
        }

        if (!snippet.Any(text => text.StartsWith("class ", StringComparison.Ordinal) || text.Contains("WebApplication.", StringComparison.Ordinal)))
        {
            string name = $"Snippet{calls.Count + 1}";
            string[] usings = [.. snippet.Where(text => text.StartsWith("using ", StringComparison.Ordinal) && text.EndsWith(';') && !text.Contains('='))];
            string title = $"{Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file)))}/{Path.GetFileName(file)}, line {start}";
            bool hasContext = snippet.Any(text => text.Contains("var ml =", StringComparison.Ordinal));
            calls.Add($"await Run({Literal(title)}, () => {name}.Run({(hasContext ? "" : "new Microsoft.ML.MLContext(seed: 1)")}));");
            File.WriteAllLines(Path.Combine(folder, $"{name}.cs"),
            [
                .. usings, "using Microsoft.ML;", $"// {title}", $"internal static class {name}", "{",
                $"    public static async System.Threading.Tasks.Task Run({(hasContext ? "" : "Microsoft.ML.MLContext ml")})", "    {",
                .. snippet.Where(text => !usings.Contains(text)).Select(text => "        " + text), "    }", "}",
            ]);
        }

        snippet = null;
    }
}

File.WriteAllText(Path.Combine(folder, "Program.cs"), $$"""
    int failed = 0;
    var clock = System.Diagnostics.Stopwatch.StartNew();
    {{string.Join('\n', calls)}}
    Console.WriteLine($"{{calls.Count}} snippets ran, {failed} failed, in {clock.Elapsed.TotalSeconds:f0} s");
    return failed > 0 ? 1 : 0;

    async Task Run(string title, Func<Task> snippet)
    {
        double start = clock.Elapsed.TotalSeconds;
        try
        {
            await snippet();
            Console.WriteLine($"ran in {clock.Elapsed.TotalSeconds - start:f1} s: {title}");
        }
        catch (Exception e)
        {
            failed++;
            Console.WriteLine($"FAILED: {title}\n{e}");
        }
    }
    """);
return calls.Count > 0 ? 0 : 1;

static string Literal(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
