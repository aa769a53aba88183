namespace MLNetVision.Tests.Architecture;

/// <summary>The rules of the house, over the files of src and the types that each uses; <see cref="HouseRules"/> says what is excepted today.</summary>
[TestClass]
public sealed class HouseTests
{
    [TestMethod]
    public void Folders_TypesThatTheirFilesUse_FormNoCircle()
    {
        var rest = new FolderGraph(Libraries.Built.Uses, HouseRules.CircularArrows);
        Assert.IsEmpty(rest.Circular(), $"These arrows between folders lie on circles:\n{Lines(rest.Circular().Select(arrow => $"{arrow.Arrow}: {arrow.Example}"))}");
        string[] needless = [.. HouseRules.CircularArrows.Where(exception =>
            new FolderGraph(Libraries.Built.Uses, HouseRules.CircularArrows.Where(other => other != exception)).Circular().All(arrow => arrow.Arrow != exception))];
        Assert.IsEmpty(needless, $"{nameof(HouseRules.CircularArrows)} no longer needs\n{Lines(needless)}");
    }

    [TestMethod]
    public void Folders_TypesThatTheirFilesUse_KeepToTheLayers()
    {
        (string Name, TypeUse Use)[] found = [.. from layer in HouseRules.Layers
                                                 from never in layer.Never
                                                 from use in Libraries.Built.Uses
                                                 where SourceTree.IsUnder(use.File, layer.Folder) && SourceTree.IsUnder(use.TypeFile, never)
                                                 select (FolderGraph.Name(layer.Folder, never), use)];
        Compare(nameof(HouseRules.ForbiddenArrows), HouseRules.ForbiddenArrows, found.ToLookup(arrow => arrow.Name, arrow => arrow.Use.ToString()));
    }

    [TestMethod]
    public void Folders_AssembliesThatTheirFilesName_KeepToTheLayers()
    {
        string[] found = [.. from layer in HouseRules.Packages
                             from never in layer.Never
                             from item in Libraries.Built.Outside
                             where SourceTree.IsUnder(item.File, layer.Folder) && item.Assembly.StartsWith(never, StringComparison.Ordinal)
                             select $"{layer.Folder} -> {never}: {item.File} names a type of {item.Assembly}"];
        Assert.IsEmpty(found, Lines(found));
    }

    [TestMethod]
    public void Folders_NamedByRules_Exist()
    {
        ILookup<string, string> missing = HouseRules.Layers.Concat(HouseRules.Packages).Select(rule => rule.Folder).Concat(HouseRules.Layers.SelectMany(rule => rule.Never))
            .Distinct().Where(folder => !SourceTree.HasFolder(folder)).ToLookup(folder => folder, _ => "a rule names this folder and it is not there");
        Compare(nameof(HouseRules.MissingFolders), HouseRules.MissingFolders, missing);
        string[] unused = [.. HouseRules.UnsafeFolders.Where(name => !SourceTree.Files.Any(file => SourceTree.Folder(file).Split('/').Contains(name)))];
        Assert.IsEmpty(unused, $"No folder has a name that unsafe code may stand under:\n{Lines(unused)}");
    }

    [TestMethod]
    public void UnsafeCode_Files_StandUnderKernelsNativeOrJpeg()
    {
        ILookup<string, string> found = SourceTree.Files
            .Where(file => !SourceTree.Folder(file).Split('/').Any(HouseRules.UnsafeFolders.Contains) && SourceTokens.Contains(SourceTree.Text(file), "unsafe"))
            .ToLookup(file => file, _ => $"unsafe code stands only under folders named {string.Join(", ", HouseRules.UnsafeFolders)}");
        Compare(nameof(HouseRules.UnsafeOutside), HouseRules.UnsafeOutside, found);
    }

    [TestMethod]
    public void Types_OfAllProjects_HaveNamesOfTheirOwn()
    {
        // A type and the generic one of its name beside it are one concept.
        ILookup<string, string> found = Libraries.Built.Types
            .GroupBy(type => type.Name[(type.Name.LastIndexOf('.') + 1)..].Split('`')[0])
            .Where(types => types.Select(type => SourceTree.Folder(type.Files[0])).Distinct().Count() > 1)
            .SelectMany(types => types.Select(type => (types.Key, File: type.Files[0])))
            .ToLookup(type => type.Key, type => type.File);
        Compare(nameof(HouseRules.NamesTwice), HouseRules.NamesTwice, found);
    }

    [TestMethod]
    public void Types_InSeveralFiles_StandInOneFolder()
    {
        string[] found = [.. Libraries.Built.Types.Where(type => type.Files.Select(SourceTree.Folder).Distinct().Count() > 1).Select(type => $"{type.Name}: {string.Join(", ", type.Files)}")];
        Assert.IsEmpty(found, Lines(found));
    }

    [TestMethod]
    public void Folders_FilesSideBySide_AreFew()
    {
        ILookup<string, string> found = SourceTree.Files.GroupBy(SourceTree.Folder).Where(files => files.Count() > HouseRules.FilesPerFolder)
            .ToLookup(files => files.Key, files => $"{files.Count()} files");
        Compare(nameof(HouseRules.CrowdedFolders), HouseRules.CrowdedFolders, found);
    }

    [TestMethod]
    public void Files_Lines_AreFew()
    {
        string[] found = [.. SourceTree.Files.Where(file => SourceTree.LineCount(file) > HouseRules.LinesPerFile).Select(file => $"{file}: {SourceTree.LineCount(file)} lines")];
        Assert.IsEmpty(found, Lines(found));
    }

    [TestMethod]
    public void Tests_Folders_MirrorThoseOfTheLibraries()
    {
        // Imaging/… and Models/… hold the tests of those projects, folder by folder; the others those of MLNetVision.
        string[] found = [.. SourceTree.TestFolders.Where(folder => !HouseRules.OtherTestFolders.Contains(folder.Split('/')[0]))
            .Where(folder => !SourceTree.HasFolder($"MLNetVision.{folder}") && !SourceTree.HasFolder($"MLNetVision/{folder}"))];
        Assert.IsEmpty(found, $"These folders of tests have no counterpart in src:\n{Lines(found)}");
    }

    // What was found must be what is excepted: what is new breaks a rule, and what is gone must leave the list.
    private static void Compare(string list, string[] exceptions, ILookup<string, string> found)
    {
        string[] broken = [.. found.Where(item => !exceptions.Contains(item.Key)).Select(item => $"{item.Key}: {string.Join(", ", item.Take(5))}")];
        Assert.IsEmpty(broken, $"The rules of the house forbid\n{Lines(broken)}");
        string[] needless = [.. exceptions.Where(exception => !found.Contains(exception))];
        Assert.IsEmpty(needless, $"{list} no longer needs\n{Lines(needless)}");
    }

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
}
