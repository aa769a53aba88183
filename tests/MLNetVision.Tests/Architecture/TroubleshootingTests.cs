using System.Text.RegularExpressions;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Architecture;

/// <summary>The guide that explains messages quotes messages that there are.</summary>
[TestClass]
public sealed partial class TroubleshootingTests
{
    [TestMethod]
    public void Guide_QuotedMessage_StandsInASource()
    {
        string root = Goldens.RepositoryFolder();
        string[] quoted = [.. from line in File.ReadLines(Path.Combine(root, "docs", "troubleshooting.md"))
                              where line.StartsWith("| ", StringComparison.Ordinal)
                              from Match quote in Quote().Matches(line.Split('|')[1])
                              where quote.Groups[1].Value.Contains(' ', StringComparison.Ordinal)
                              select quote.Groups[1].Value];
        string targets = string.Concat(Directory.EnumerateFiles(Path.Combine(root, "src"), "*.targets", SearchOption.AllDirectories).Select(File.ReadAllText));
        string[] unknown = [.. quoted.Where(text => !targets.Contains(text, StringComparison.Ordinal)
                                                    && !SourceTree.Files.Any(file => SourceTree.Text(file).Contains(text, StringComparison.Ordinal)))];
        Assert.IsGreaterThan(10, quoted.Length);
        Assert.IsEmpty(unknown, $"No source says: {string.Join(" | ", unknown)}");
    }

    [GeneratedRegex("`([^`]*)`")]
    private static partial Regex Quote();
}
