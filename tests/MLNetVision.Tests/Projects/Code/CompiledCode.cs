using System.Reflection;
using System.Runtime.InteropServices;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Projects.Code;

/// <summary>Compiles written code with the SDK's compiler, as a project with warnings as errors and a documentation file does, and loads it.</summary>
internal static class CompiledCode
{
    private static string Compiler
    {
        get
        {
            string root = Path.GetFullPath("../../..", RuntimeEnvironment.GetRuntimeDirectory());
            return Directory.GetDirectories(Path.Combine(root, "sdk")).Select(sdk => Path.Combine(sdk, "Roslyn", "bincore", "csc.dll")).Last(File.Exists);
        }
    }

    /// <param name="folder">Where the assembly goes.</param>
    /// <param name="files">The sources.</param>
    public static async Task<Assembly> LoadAsync(string folder, IEnumerable<string> files)
    {
        string assembly = Path.Combine(folder, $"Written{Guid.NewGuid():n}.dll");
        string[] references = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => $"-r:\"{path}\"")];
        string answers = Path.Combine(folder, "csc.rsp");
        File.WriteAllLines(answers, ["-nologo", "-target:library", "-nullable:enable", "-warn:9999", "-warnaserror", "-langversion:14", $"-out:\"{assembly}\"", $"-doc:\"{assembly}.xml\"", .. references, .. files.Select(file => $"\"{file}\"")]);
        FreshProcessResult result = await FreshProcess.RunToolAsync(null, "exec", Compiler, "-noconfig", $"@{answers}");
        Assert.AreEqual(0, result.ExitCode, result.Output + result.Error);
        return Assembly.LoadFrom(assembly);
    }
}
