using System.Text.RegularExpressions;

namespace MLNetVision.Tests.Architecture;

/// <summary>What no source of the libraries may say.</summary>
[TestClass]
public sealed partial class SourceTests
{
    [TestMethod]
    public void Library_Sources_NeverSeedGlobally()
    {
        string[] offenders = [.. SourceTree.Files.Where(file => GlobalSeed().IsMatch(SourceTree.Text(file)))];
        CollectionAssert.AreEqual(Array.Empty<string>(), offenders);
    }

    [GeneratedRegex(@"torch\.(random\.)?manual_seed")]
    private static partial Regex GlobalSeed();
}
