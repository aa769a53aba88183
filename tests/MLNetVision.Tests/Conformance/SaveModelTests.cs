using System.Diagnostics;
using Microsoft.ML;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Conformance;

[TestClass]
public sealed class SaveModelTests
{
    private static readonly string Fixture = Path.Combine(Goldens.RepositoryFolder(), "tests", "fixtures", "levit-v1", "model.zip");

    [TestMethod]
    public void SaveModel_OverAnOlderFile_ReplacesItAndLeavesNothingBeside()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(1);
        ITransformer model = ml.Model.Load(Fixture, out DataViewSchema schema);
        File.WriteAllText(folder["new/model.zip"], "older");
        ml.Model.SaveModel(model, schema, folder["new/model.zip"]);
        Assert.HasCount(1, Directory.GetFiles(folder["new"]));
        ITransformer again = ml.Model.Load(folder["new/model.zip"], out DataViewSchema schemaAgain);
        Assert.AreEqual(schema.Count, schemaAgain.Count);
        (model as IDisposable)?.Dispose();
        (again as IDisposable)?.Dispose();
    }

    /// <summary>A limit on the size of files stands for a full disk: both fail in the middle of a write.</summary>
    [TestMethod]
    public async Task SaveModel_DiskFull_KeepsTheOlderModel()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("There is no limit on the size of files here.");
        }

        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["model.zip"], "older");
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        string host = Path.Combine(AppContext.BaseDirectory, "MLNetVision.TestHost.dll");

        // The shell makes a write beyond the limit an error instead of a signal; the process sets the limit when it has loaded the model.
        string[] arguments = ["-c", "trap '' XFSZ; exec dotnet \"$0\" save-model \"$1\" \"$2\" 100000", host, Fixture, folder["model.zip"]];
        Array.ForEach(arguments, start.ArgumentList.Add);
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // the runtime's own memory would be files too
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.StartsWith("not saved", await output, await error);
        Assert.AreEqual("older", File.ReadAllText(folder["model.zip"]));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }
}
