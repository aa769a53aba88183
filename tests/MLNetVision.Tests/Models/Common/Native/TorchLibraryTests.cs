using System.Runtime.InteropServices;
using MLNetVision.Models.Common.Native;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Native;

[TestClass]
public sealed class TorchLibraryTests
{
    private string _cache = string.Empty;

    [TestInitialize]
    public void CreateCache() => _cache = Directory.CreateTempSubdirectory("mlnetvision-cache-").FullName;

    [TestCleanup]
    public void DeleteCache() => Directory.Delete(_cache, recursive: true);

    private Dictionary<string, string> Environment => new() { ["XDG_CACHE_HOME"] = _cache };

    [TestMethod]
    public async Task EnsureLoaded_SeveralProcessesOnEmptyCache_AllLoadAndLeaveOneCopy()
    {
        FreshProcessResult[] results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => FreshProcess.RunAsync(Environment, "load-torch")));
        foreach (FreshProcessResult result in results)
        {
            Assert.AreEqual(0, result.ExitCode, result.Error);
            Assert.AreEqual("12", result.Output.Trim());
        }

        Assert.IsLessThanOrEqualTo(1, Directory.GetFiles(_cache, "*", SearchOption.AllDirectories).Length);
    }

    [TestMethod]
    public async Task EnsureLoaded_CacheFolderIsAFile_Loads()
    {
        // Root ignores permission bits; a file in the folder's place cannot be written into by anyone.
        string file = Path.Combine(_cache, "not-a-folder");
        await File.WriteAllTextAsync(file, "x");
        FreshProcessResult result = await FreshProcess.RunAsync(new Dictionary<string, string> { ["XDG_CACHE_HOME"] = file }, "load-torch");
        Assert.AreEqual(0, result.ExitCode, result.Error);
    }

    [TestMethod]
    public async Task EnsureLoaded_ReadOnlyCacheFolder_Loads()
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_cache, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        FreshProcessResult result = await FreshProcess.RunAsync(Environment, "load-torch");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_cache, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Assert.AreEqual(0, result.ExitCode, result.Error);
    }

    [TestMethod]
    public async Task EnsureLoaded_CorruptedCachedCopy_IsReplaced()
    {
        await FreshProcess.RunAsync(Environment, "load-torch");
        string[] copies = Directory.GetFiles(_cache, "*", SearchOption.AllDirectories);
        if (copies.Length == 0)
        {
            return; // A libstdc++ of GCC 13 or newer: nothing is ever cached here.
        }

        byte[] sound = await File.ReadAllBytesAsync(copies[0]);
        byte[] corrupted = [.. sound];
        Array.Fill(corrupted, (byte)0x5a, corrupted.Length / 4, corrupted.Length / 2);
        await File.WriteAllBytesAsync(copies[0], corrupted);

        FreshProcessResult result = await FreshProcess.RunAsync(Environment, "load-torch");

        Assert.AreEqual(0, result.ExitCode, result.Error);
        CollectionAssert.AreEqual(sound, await File.ReadAllBytesAsync(copies[0]));
    }

    [TestMethod]
    public void Weaken_ForeignElfFile_IsRefused()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        byte[] foreign = File.ReadAllBytes(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libcoreclr.so"));
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(
            () => ElfVersionRequirement.Weaken(foreign, "GLIBCXX_3.4.32", "_ZSt21ios_base_library_initv"));
        StringAssert.Contains(error.Message, "GLIBCXX_3.4.32");
    }

    [TestMethod]
    public void Weaken_VersionWithOtherSymbols_IsRefused()
    {
        if (NativeLibraryFile() is not { } file)
        {
            return;
        }

        // GLIBCXX_3.4 is bound to hundreds of symbols that are really called.
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(
            () => ElfVersionRequirement.Weaken(File.ReadAllBytes(file), "GLIBCXX_3.4", "_ZSt21ios_base_library_initv"));
        StringAssert.Contains(error.Message, "is bound to GLIBCXX_3.4");
    }

    [TestMethod]
    public void Weaken_TorchSharpsLibrary_ChangesOneFlag()
    {
        if (NativeLibraryFile() is not { } file)
        {
            return;
        }

        byte[] original = File.ReadAllBytes(file);
        byte[] weakened = ElfVersionRequirement.Weaken(original, "GLIBCXX_3.4.32", "_ZSt21ios_base_library_initv");
        int[] changed = [.. Enumerable.Range(0, original.Length).Where(i => original[i] != weakened[i])];
        Assert.HasCount(1, changed);
        Assert.AreEqual(2, weakened[changed[0]] ^ original[changed[0]]);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(3)]
    [DataRow(64)]
    [DataRow(100_000)]
    public void Weaken_TruncatedFile_IsRefused(int length)
    {
        if (NativeLibraryFile() is not { } file)
        {
            return;
        }

        byte[] truncated = File.ReadAllBytes(file)[..length];
        Assert.ThrowsExactly<InvalidDataException>(
            () => ElfVersionRequirement.Weaken(truncated, "GLIBCXX_3.4.32", "_ZSt21ios_base_library_initv"));
    }

    private static string? NativeLibraryFile() =>
        Directory.EnumerateFiles(AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories).FirstOrDefault();
}
