using System.Net;
using System.Net.Sockets;
using MLNetVision.Cli.Shell;
using MLNetVision.Tests.AspNetCore;
using MLNetVision.Tests.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Serve;

[TestClass]
public sealed class ServeTests
{
    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public async Task Serve_UntilInterrupted_AnswersAndEndsWithZero()
    {
        using CommandProcess command = CommandProcess.Start("serve", "--model", VisionServer.Classifier, "--port", "0");
        Task<string> said = command.Process.StandardError.ReadToEndAsync();
        string url = (await command.Process.StandardOutput.ReadLineAsync())!;
        using (var client = new HttpClient { BaseAddress = new Uri(url) })
        {
            Assert.Contains("<title>", await client.GetStringAsync("/"));
            Assert.Contains("levit", await client.GetStringAsync("/model"));

            using HttpResponseMessage nowhere = await client.GetAsync("/some.file");
            Assert.AreEqual((HttpStatusCode.NotFound, "application/problem+json"), (nowhere.StatusCode, nowhere.Content.Headers.ContentType!.MediaType));
            Assert.Contains("There is no /some.file here", await nowhere.Content.ReadAsStringAsync());

            // A page from elsewhere that has its own name lead here is not answered.
            using var foreign = new HttpRequestMessage(HttpMethod.Get, "/model") { Headers = { Host = "elsewhere.example" } };
            using HttpResponseMessage refused = await client.SendAsync(foreign);
            Assert.AreEqual(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        Assert.IsTrue(IPAddress.IsLoopback(IPAddress.Parse(new Uri(url).Host)));
        Assert.AreEqual(0, await command.InterruptAsync(), await said);
        Assert.Contains("Ctrl+C ends it", await said);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public async Task Serve_WatchedFolderThatChanges_AnswersWithTheNewModel()
    {
        using var folder = new TemporaryFolder();
        Copy(VisionServer.Classifier);
        using CommandProcess command = CommandProcess.Start("serve", "--model", folder["model"], "--port", "0", "--watch");
        string url = (await command.Process.StandardOutput.ReadLineAsync())!;
        using var client = new HttpClient { BaseAddress = new Uri(url) };
        Assert.Contains("\"version\":1", await client.GetStringAsync("/model"));
        Copy(SmallProjects.SmallLevit.Value);
        string? told;
        do
        {
            told = await command.Process.StandardError.ReadLineAsync();
        }
        while (told?.Contains("as version ", StringComparison.Ordinal) == false);

        Assert.IsNotNull(told);
        Assert.Contains("\"classes\":[\"a\",\"b\",\"c\"]", await client.GetStringAsync("/model"));
        Task<string> said = command.Process.StandardError.ReadToEndAsync();
        Assert.AreEqual(0, await command.InterruptAsync(), await said);

        void Copy(string model)
        {
            foreach (string file in Directory.GetFiles(model))
            {
                File.Copy(file, folder[$"model/{Path.GetFileName(file)}"], overwrite: true);
            }
        }
    }

    [TestMethod]
    public async Task Serve_AddressForOtherMachines_WarnsThatAnybodyMayAsk()
    {
        using CommandProcess command = CommandProcess.Start("serve", "--model", VisionServer.Classifier, "--urls", "http://0.0.0.0:0");
        string? warning = await command.Process.StandardError.ReadLineAsync();
        Assert.Contains("warning: http://0.0.0.0:0 may be reached from other machines", warning!);
        Assert.Contains("no authentication", warning!);
    }

    [TestMethod]
    [DataRow("--urls", "https://localhost:5080")]
    [DataRow("--urls", "localhost")]
    [DataRow("--port", "70000")]
    [DataRow("--urls", "http://192.0.2.1:5080")]
    [DataRow("--score-threshold", "0.5")]
    public async Task Serve_WhatCannotBe_IsToldWithExitCode2(string option, string value)
    {
        FreshProcessResult result = await CliRun.InProcessAsync("serve", "--model", VisionServer.Classifier, option, value);
        Assert.AreEqual(ExitCode.Usage, result.ExitCode, result.Error);
        Assert.Contains(option, result.Error);
    }

    [TestMethod]
    public async Task Serve_WatchOfAModelId_IsToldWithExitCode2()
    {
        FreshProcessResult result = await CliRun.InProcessAsync("serve", "--model", "facebook/levit-128S", "--watch");
        Assert.AreEqual(ExitCode.Usage, result.ExitCode, result.Error);
        Assert.Contains("--watch looks at files", result.Error);
    }

    [TestMethod]
    public async Task Serve_PortThatIsTaken_SaysSo()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string address = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";
        FreshProcessResult result = await CliRun.InProcessAsync("serve", "--model", VisionServer.Classifier, "--urls", address);
        Assert.AreEqual(ExitCode.Temporary, result.ExitCode, result.Error);
        Assert.StartsWith($"error: {address} cannot be listened at: ", result.Error);
        Assert.EndsWith(". Name another port with --port.\n", result.Error.ReplaceLineEndings("\n"));
        Assert.DoesNotContain("..", result.Error);
    }

    [TestMethod]
    public async Task Serve_ModelThatThereIsNot_IsToldWithExitCode4()
    {
        FreshProcessResult result = await CliRun.InProcessAsync("serve", "--model", "./no-such-model");
        Assert.AreEqual(ExitCode.Model, result.ExitCode, result.Error);
    }
}
