using System.Diagnostics;
using System.Runtime.Versioning;
using MLNetVision.Tests.Models.Pipelines;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Shell;

/// <summary>What the command says where the machine does not let it work, through a process of its own.</summary>
[TestClass]
[SupportedOSPlatform("linux")]
public sealed class FailureTests
{
    private static string Levit => LevitClassifierTests.Saved.Value;

    [TestMethod]
    public async Task Predict_FullDisk_IsTemporaryAndLeavesNoAnswer()
    {
        SkipElsewhere();
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["in/1.png"]);

        // What is written aside goes to a device that is always full.
        File.CreateSymbolicLink(folder["answers.jsonl.part"], "/dev/full");
        FreshProcessResult result = await CliRun.AsProcessAsync(string.Empty, "predict", "--model", Levit, "-o", folder["answers.jsonl"], folder["in"]);
        Assert.AreEqual(75, result.ExitCode, result.Error);
        Assert.Contains("No space left on device", result.Error);
        Assert.IsFalse(File.Exists(folder["answers.jsonl"]));
    }

    [TestMethod]
    public async Task Evaluate_FullDisk_IsTemporaryAndSaysSo()
    {
        SkipElsewhere();
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["in/cat/1.png"]);
        string small = Directory.CreateDirectory($"{folder.Path}/small").FullName;
        if (await MountAsync("-t", "tmpfs", "-o", "size=64k", "tmpfs", small) != 0)
        {
            Assert.Inconclusive("A file system of 64 KB cannot be mounted here.");
        }

        try
        {
            FreshProcessResult result = await CliRun.AsProcessAsync(string.Empty, "evaluate", "--model", Levit, "--dataset", folder["in"], "-o", $"{small}/out", "--json");
            Assert.AreEqual(75, result.ExitCode, result.Error);
            Assert.Contains("No space left on device", result.Error);
            Assert.IsFalse(CliRun.Json(result).GetProperty("ok").GetBoolean());
            Assert.IsEmpty(Directory.GetFiles(small, "*.tmp", SearchOption.AllDirectories), "files are whole or not there");
        }
        finally
        {
            await RunAsync("umount", small);
        }
    }

    [TestMethod]
    public async Task Evaluate_FolderThatCannotBeWritten_SaysSoBeforeTheWork()
    {
        SkipElsewhere();
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["in/cat/1.png"]);
        string closed = Directory.CreateDirectory($"{folder.Path}/closed").FullName;
        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string output = Environment.IsPrivilegedProcess ? "/proc/out" : $"{closed}/out"; // no rights stop a superuser, but the system's own folders do
        FreshProcessResult result = await CliRun.AsProcessAsync(string.Empty, "evaluate", "--model", Levit, "--dataset", folder["in"], "-o", output);
        Assert.AreEqual(Environment.IsPrivilegedProcess ? 2 : 1, result.ExitCode, result.Error);
        Assert.Contains(output, result.Error);
        Assert.DoesNotContain("   at ", result.Error);
    }

    [TestMethod]
    public async Task BrokenFiles_OfEachKind_HaveTheirCodes()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["in/cat/1.png"]);
        File.WriteAllText(folder["broken.mlnet"], "no model");
        File.WriteAllText(folder["broken.json"], "{\"images\": [");
        foreach (string file in Directory.GetFiles(Levit))
        {
            byte[] content = File.ReadAllBytes(file);
            File.WriteAllBytes(folder[$"half/{Path.GetFileName(file)}"], file.EndsWith(".safetensors", StringComparison.Ordinal) ? content[..(content.Length / 2)] : content);
        }

        (int Code, string[] Arguments)[] cases =
        [
            (4, ["predict", "--model", folder["broken.mlnet"], folder["in"]]),
            (4, ["predict", "--model", folder["half"], folder["in"]]),
            (4, ["evaluate", "--model", folder["half"], "--dataset", folder["in"]]),
            (3, ["evaluate", "--model", Mask2FormerSegmenterTests.Saved.Value, "--dataset", folder["broken.json"]]),
            (3, ["data", "convert", folder["broken.json"], "--format", "yolo", "-o", $"{folder.Path}/out"]),
        ];
        foreach ((int code, string[] arguments) in cases)
        {
            FreshProcessResult result = await CliRun.AsProcessAsync(string.Empty, arguments);
            Assert.AreEqual(code, result.ExitCode, $"{string.Join(' ', arguments)}: {result.Error}");
            StringAssert.StartsWith(result.Error, "error: ");
            Assert.DoesNotContain("   at ", result.Error);
        }
    }

    private static void SkipElsewhere()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Inconclusive("Linux has the device that is always full.");
        }
    }

    private static Task<int> MountAsync(params string[] arguments) => RunAsync("mount", arguments);

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
