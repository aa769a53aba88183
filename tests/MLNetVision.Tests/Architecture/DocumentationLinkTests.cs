using System.Text.RegularExpressions;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Architecture;

/// <summary>What the documents point at is there: files, headings, and the paths that they name in passing.</summary>
[TestClass]
public sealed partial class DocumentationLinkTests
{
    private static readonly string Root = Goldens.RepositoryFolder();

    private static readonly string[] Folders = ["docs", "src", "samples", "datasets", "packaging", "tests"];

    private static readonly string[] Documents =
        [.. Folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.md", SearchOption.AllDirectories))
            .Where(file => !Built().IsMatch(file)).Append(Path.Combine(Root, "README.md")).Append(Path.Combine(Root, "CHANGELOG.md")).Order(StringComparer.Ordinal)];

    [TestMethod]
    public void Documents_RelativeLinks_LeadToFilesAndHeadings()
    {
        (string Document, string Link)[] links = [.. Documents.SelectMany(document => Link().Matches(WithoutCode(document)).Select(match => (document, match.Groups[1].Value + match.Groups[2].Value)))
            .Where(item => !Absolute().IsMatch(item.Item2))];
        Assert.IsGreaterThan(30, links.Length);
        string[] broken = [.. links.Where(item => !Leads(item.Document, item.Link)).Select(item => $"{Path.GetRelativePath(Root, item.Document)}: {item.Link}")];
        Assert.IsEmpty(broken, $"Broken: {string.Join(" | ", broken)}");
    }

    // What a reader of another package has is no file of the repository, so only the documents of the repository itself count.
    [TestMethod]
    public void Documents_PathsOfTheRepository_AreThere()
    {
        string[] own = [.. Documents.Where(file => file == Path.Combine(Root, "README.md") || file.StartsWith(Path.Combine(Root, "docs"), StringComparison.Ordinal))];
        (string Document, string Path)[] named = [.. own.SelectMany(document => Named().Matches(File.ReadAllText(document)).Select(match => (document, match.Value.TrimEnd('.'))))];
        Assert.IsGreaterThan(30, named.Length);
        string[] missing = [.. named.Where(item => !Path.Exists(Path.Combine(Root, item.Path))).Select(item => $"{Path.GetRelativePath(Root, item.Document)}: {item.Path}").Distinct()];
        Assert.IsEmpty(missing, $"Not there: {string.Join(" | ", missing)}");
    }

    [TestMethod]
    public void Documents_PicturesOfTheGuides_AreShownSomewhere()
    {
        string text = string.Concat(Documents.Select(File.ReadAllText));
        string[] unused = [.. Directory.EnumerateFiles(Path.Combine(Root, "docs", "images")).Select(file => Path.GetFileName(file)).Where(name => !text.Contains($"images/{name}", StringComparison.Ordinal))];
        Assert.IsEmpty(unused, $"Shown nowhere: {string.Join(", ", unused)}");
    }

    private static bool Leads(string document, string link)
    {
        string[] parts = link.Split('#', 2);
        string target = parts[0].Length == 0 ? document : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(document)!, Uri.UnescapeDataString(parts[0])));
        return Path.Exists(target) && (parts.Length == 1 || (File.Exists(target) && HeadingsOf(target).Contains(parts[1])));
    }

    // As GitHub and docfx name them.
    private static IEnumerable<string> HeadingsOf(string document) =>
        Heading().Matches(WithoutCode(document)).Select(match => NoWord().Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), string.Empty).Replace(' ', '-'));

    private static string WithoutCode(string document) => Code().Replace(File.ReadAllText(document), string.Empty);

    [GeneratedRegex(@"[/\\](bin|obj)[/\\]")]
    private static partial Regex Built();

    [GeneratedRegex(@"\]\(([^)\s]+)\)|<img [^>]*src=""([^""]+)""")]
    private static partial Regex Link();

    [GeneratedRegex("^(https?:|mailto:|xref:)")]
    private static partial Regex Absolute();

    [GeneratedRegex(@"(?<=[`\s(""])(?:docs|src|samples|datasets|tests|packaging|\.ci)/[A-Za-z0-9_./-]*[A-Za-z0-9_-]")]
    private static partial Regex Named();

    [GeneratedRegex("(?m)^#+ (.*)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoWord();

    [GeneratedRegex("(?ms)^```.*?^```")]
    private static partial Regex Code();
}
