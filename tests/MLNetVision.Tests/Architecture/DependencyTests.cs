using System.Text.RegularExpressions;
using MLNetVision.Models.Common.Native;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Architecture;

/// <summary>The arrows of the house that the compiler does not enforce.</summary>
[TestClass]
public sealed partial class DependencyTests
{
    [TestMethod]
    public void Models_References_KnowNothingOfMlNet()
    {
        string[] found = [.. typeof(TorchLibrary).Assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Microsoft.ML", StringComparison.Ordinal))];
        CollectionAssert.AreEqual(Array.Empty<string>(), found);
    }

    [TestMethod]
    [DataRow("Common", "Levit|Swin|Mask2Former|Training")]
    [DataRow("Levit", "Swin|Mask2Former|Training")]
    [DataRow("Swin", "Levit|Mask2Former|Training")]
    [DataRow("Mask2Former", "Levit|Training")]
    public void Folder_Sources_ReferOnlyToAllowedFolders(string folder, string forbidden)
    {
        string root = Path.Combine(Goldens.RepositoryFolder(), "src", "MLNetVision.Models", folder);
        if (!Directory.Exists(root))
        {
            return;
        }

        var reference = new Regex($@"MLNetVision\.Models\.({forbidden})\b");
        string[] offenders = [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => reference.IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetRelativePath(root, file))];
        CollectionAssert.AreEqual(Array.Empty<string>(), offenders);
    }

    [TestMethod]
    public void Library_Sources_NeverSeedGlobally()
    {
        string root = Path.Combine(Goldens.RepositoryFolder(), "src");
        string[] offenders = [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => GlobalSeed().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetRelativePath(root, file))];
        CollectionAssert.AreEqual(Array.Empty<string>(), offenders);
    }

    [GeneratedRegex(@"torch\.(random\.)?manual_seed")]
    private static partial Regex GlobalSeed();
}
