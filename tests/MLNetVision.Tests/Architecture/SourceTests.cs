using System.Text.RegularExpressions;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Architecture;

/// <summary>What no source may say.</summary>
[TestClass]
public sealed partial class SourceTests
{
    [TestMethod]
    public void Library_Sources_NeverSeedGlobally()
    {
        string[] offenders = [.. SourceTree.Files.Where(file => GlobalSeed().IsMatch(SourceTree.Text(file)))];
        CollectionAssert.AreEqual(Array.Empty<string>(), offenders);
    }

    // Torch keeps scopes and modes for each thread, and what follows an await or a yield may run on another.
    [TestMethod]
    public void Sources_HoldingATorchScopeOrMode_NeitherAwaitNorYield() =>
        CollectionAssert.AreEqual(Array.Empty<string>(), SourceTree.All.SelectMany(HeldOverAWait).ToArray());

    [TestMethod]
    [DataRow("await Work();", 1)]
    [DataRow("yield return 1;", 1)]
    [DataRow("Work();", 0)]
    public void HeldOverAWait_BlockThatWaitsOrNot_IsFound(string statement, int expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.cs"], $"    {{\n        using var guard = no_grad();\n        if (x)\n        {{\n            {statement}\n        }}\n    }}\n\n    await After();\n");
        Assert.HasCount(expected, HeldOverAWait(folder["a.cs"]));
    }

    // The rest of a block is the lines behind that are not indented less.
    private static IEnumerable<string> HeldOverAWait(string file)
    {
        string[] lines = File.ReadAllLines(file);
        for (int i = 0; i < lines.Length; i++)
        {
            int indent = Indent(lines[i]);
            if (Held().IsMatch(lines[i]) && lines.Skip(i + 1).TakeWhile(line => line.Length == 0 || Indent(line) >= indent).Any(line => Wait().IsMatch(line)))
            {
                yield return $"{file}({i + 1})";
            }
        }
    }

    private static int Indent(string line) => line.Length - line.TrimStart().Length;

    [GeneratedRegex(@"torch\.(random\.)?manual_seed")]
    private static partial Regex GlobalSeed();

    [GeneratedRegex(@"using .*\b(no_grad|enable_grad|inference_mode|set_grad_enabled|NewDisposeScope)\(")]
    private static partial Regex Held();

    [GeneratedRegex(@"\bawait\b|\byield return\b")]
    private static partial Regex Wait();
}
