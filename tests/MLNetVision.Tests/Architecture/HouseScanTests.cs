namespace MLNetVision.Tests.Architecture;

/// <summary>That the scans behind <see cref="HouseTests"/> see what they must.</summary>
[TestClass]
public sealed class HouseScanTests
{
    private static readonly string[] Files = ["P/A/One.cs", "P/A/x/Two.cs", "P/B/Three.cs", "P/B/y/Four.cs", "P/C/Five.cs"];

    [TestMethod]
    [DataRow("", "")]
    [DataRow("0>2 0>3 2>4", "")]
    [DataRow("0>2 3>1", "P/A -> P/B|P/B -> P/A")]
    [DataRow("0>1 1>0", "P/A/* -> P/A/x|P/A/x -> P/A/*")]
    [DataRow("1>2 3>4 4>0 1>0", "P/A -> P/B|P/B -> P/C|P/C -> P/A")]
    public void Circular_Uses_AreArrowsOfTheDeepestCommonFolder(string uses, string arrows)
    {
        IEnumerable<TypeUse> parsed = uses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(use => new TypeUse(Files[use[0] - '0'], "Type", Files[use[2] - '0']));
        Assert.AreEqual(arrows, string.Join('|', new FolderGraph(parsed).Circular().Select(arrow => arrow.Arrow)));
    }

    [TestMethod]
    [DataRow("unsafe class A;", true)]
    [DataRow("var a = '\"'; unsafe { }", true)]
    [DataRow("// unsafe", false)]
    [DataRow("/* unsafe\n unsafe */ class A;", false)]
    [DataRow("""var a = "unsafe \" unsafe"; """, false)]
    [DataRow("""var a = @"\"; unsafe { } """, true)]
    [DataRow("Unsafe.As(a)", false)]
    public void Contains_WordOfCode_IsFoundOutsideOfCommentsAndText(string source, bool found) => Assert.AreEqual(found, SourceTokens.Contains(source, "unsafe"));

    [TestMethod]
    public void Types_OfEveryFile_AreFound()
    {
        // A file that no type comes from would be outside of all rules.
        string[] empty = [.. SourceTree.Files.Except(Libraries.Built.Types.SelectMany(type => type.Files))];
        Assert.IsEmpty(empty, string.Join('\n', empty));
    }

    [TestMethod]
    public void Uses_OfEnumerationsInterfacesClosuresAndAttributes_AreFound()
    {
        ILookup<string, string> uses = Libraries.Built.Uses.ToLookup(use => Path.GetFileNameWithoutExtension(use.File), use => use.Type);
        Assert.Contains("LoadMode", uses["LoadOptions"]);
        Assert.Contains("ICheckpoint", uses["ShardedCheckpoint"]);
        Assert.Contains("LabelsJsonConverter", uses["PretrainedConfig"]);
    }
}
