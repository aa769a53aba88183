using System.Diagnostics;
using System.Text.Json;
using MLNetVision.Tests.Models.Pipelines;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Shell;

[TestClass]
public sealed class CommandRunnerTests
{
    [TestMethod]
    [DataRow("--help")]
    [DataRow("predict --help")]
    [DataRow("")]
    public async Task Help_Asked_NamesTheCommandAndAnExample(string line)
    {
        FreshProcessResult result = await CliRun.InProcessAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.AreEqual(string.Empty, result.Error);
        Assert.Contains("  mlnetvision ", result.Output);
        Assert.Contains("Example", result.Output);
        Assert.DoesNotContain("MLNetVision.Cli", result.Output);
    }

    [TestMethod]
    public async Task Help_EveryVerb_HasAnExampleThatParses()
    {
        foreach (string[] words in MLNetVision.Cli.Verbs.Create().SelectMany(verb => Of(verb, [])))
        {
            FreshProcessResult result = await CliRun.InProcessAsync([.. words, "--help"]);
            Assert.AreEqual(0, result.ExitCode, result.Error);
            Assert.Contains($"mlnetvision {string.Join(' ', words)}", result.Output[result.Output.IndexOf("Example", StringComparison.Ordinal)..]);
        }

        static IEnumerable<string[]> Of(MLNetVision.Cli.Shell.Verb verb, string[] above) =>
            verb.Below.SelectMany(below => Of(below, [.. above, verb.Name])).Prepend([.. above, verb.Name]);
    }

    [TestMethod]
    [DataRow("predict", "--model")]
    [DataRow("nosuch", "nosuch")]
    [DataRow("predict --model a --device tpu x.png", "--device is 'tpu'")]
    [DataRow("predict --model a --tile 12 x.png", "--tile is '12'")]
    [DataRow("predict --model a --format xml x.png", "xml")]
    [DataRow("predict --model a --top-k 0 x.png", "at least 1")]
    [DataRow("predict --model a --score-threshold 2 x.png", "from 0 to 1")]
    [DataRow("predict --model a --verbosity loud x.png", "loud")]
    [DataRow("predict --model a", "Name pictures")]
    [DataRow("predict --model a --format coco x.png", "--output")]
    [DataRow("predict --model a --overlap 3 x.png", "--tile")]
    [DataRow("predict --model a --tile 10x10 --overlap 10 x.png", "less than each side")]
    [DataRow("predict --model a --skip-existing x.png", "--output")]
    [DataRow("segmentation --dataset a --freeze 2", "--freeze is '2'")]
    [DataRow("image-classification --dataset a --freeze half", "or a number of stages")]
    [DataRow("predict @missing.rsp", "missing.rsp")]
    [DataRow("data", "'data' needs one of its verbs: check, convert, split.")]
    [DataRow("data other x", "There is no verb 'other' of 'data', which has check, convert, split.")]
    [DataRow("data check", "'check' needs <data>: A folder with a subfolder of pictures")]
    [DataRow("predict --model a --format coc x.png", "--format is 'coc'; expected jsonl, csv, coco, coco-panoptic or masks. Did you mean 'coco'?")]
    [DataRow("doctor --verbosity loud", "--verbosity is 'loud'; expected q, quiet, m, minimal, diag or diagnostic.")]
    public async Task Usage_Wrong_IsCode2WithAReason(string line, string reason)
    {
        FreshProcessResult result = await CliRun.InProcessAsync(line.Split(' '));
        Assert.AreEqual(2, result.ExitCode, result.Output + result.Error);
        Assert.Contains(reason, result.Error);
        Assert.AreEqual(string.Empty, result.Output);

        FreshProcessResult json = await CliRun.InProcessAsync([.. line.Split(' '), "--json"]);
        Assert.AreEqual(2, json.ExitCode);
        JsonElement answer = CliRun.Json(json);
        Assert.AreEqual((false, 2), (answer.GetProperty("ok").GetBoolean(), answer.GetProperty("exitCode").GetInt32()));
    }

    [TestMethod]
    [DataRow("predcit --model a x.png", "no verb 'predcit'. Did you mean 'predict'?")]
    [DataRow("data chekc x", "no verb 'chekc'. Did you mean 'check'?")]
    [DataRow("predict --modle a x.png", "no option '--modle'. Did you mean '--model'?")]
    [DataRow("predict --model a --topk 3 x.png", "no option '--topk'. Did you mean '--top-k'?")]
    [DataRow("image-classification --dataset a --epochs=3", "no option '--epochs'. Did you mean '--epoch'?")]
    [DataRow("evaluate --model a --dataset b --jsno", "no option '--jsno'. Did you mean '--json'?")]
    [DataRow("evaluate --model a --dataset b --quite-other", "no option '--quite-other'.")]
    public async Task Usage_Mistyped_AsksWhatWasMeant(string line, string question)
    {
        FreshProcessResult result = await CliRun.InProcessAsync(line.Split(' '));
        Assert.AreEqual(2, result.ExitCode, result.Output + result.Error);
        Assert.Contains(question, result.Error);
        Assert.DoesNotContain("Unrecognized", result.Error);
        Assert.AreEqual(question.Contains("mean", StringComparison.Ordinal), result.Error.Contains("Did you mean", StringComparison.Ordinal), result.Error);
    }

    [TestMethod]
    public async Task ExitCode_ModelOrPicturesMissing_SaysWhich()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["a.png"]);
        File.WriteAllText(folder["broken/config.json"], "{\"model_type\": \"bert\"}");
        await Expect(4, "no-such.mlnet", "predict", "--model", folder["no-such.mlnet"], folder["a.png"]);
        await Expect(4, "cannot be used", "predict", "--model", folder["broken"], folder["a.png"]);
        File.WriteAllText(folder["project/Leaves.mlnet"], "a model");
        await Expect(4, $"Did you mean '{folder["project/Leaves.mlnet"]}'?", "predict", "--model", folder["project"], folder["a.png"]);
        await Expect(3, "nowhere.png", "predict", "--model", LevitClassifierTests.Saved.Value, folder["nowhere.png"]);
        await Expect(3, "no list", "predict", "--model", LevitClassifierTests.Saved.Value, "@" + folder["list.txt"]);
        await Expect(5, "--device cuda:77", "predict", "--model", LevitClassifierTests.Saved.Value, "--device", "cuda:77", folder["a.png"]);
        await Expect(2, "log file", "predict", "--model", LevitClassifierTests.Saved.Value, "--log-file-path", folder["a.png"] + "/log", folder["a.png"]);
        await Expect(0, "1 picture", "predict", "--model", LevitClassifierTests.Saved.Value, "--device", "auto", folder["a.png"]);
    }

    [TestMethod]
    public async Task ResponseFile_Named_GivesItsWords()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["a picture.png"]);
        File.WriteAllText(folder["options.rsp"], $"# what is asked\n--model \"{LevitClassifierTests.Saved.Value}\"\n--top-k 2\n'{folder["a picture.png"]}'\n");
        FreshProcessResult result = await CliRun.InProcessAsync("predict", "@" + folder["options.rsp"]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.Contains("\"top\":[", result.Output);
    }

    [TestMethod]
    public async Task Log_Asked_HasEverythingWhateverIsSaid()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["a.png"]);
        FreshProcessResult result = await CliRun.InProcessAsync("predict", "--model", LevitClassifierTests.Saved.Value, "-v", "q", "--log-file-path", folder["logs/log.txt"], folder["a.png"]);
        Assert.AreEqual((0, string.Empty), (result.ExitCode, result.Error));
        string log = File.ReadAllText(folder["logs/log.txt"]);
        Assert.Contains("Scoring on the CPU", log);
        Assert.Contains("1 picture", log);
    }

    [TestMethod]
    [Timeout(60_000)]
    public async Task Signal_WhileItWaits_IsCode130()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("The test sends a signal of Unix.");
        }

        using CommandProcess command = CommandProcess.Start("predict", "--model", LevitClassifierTests.Saved.Value, "-");
        Process process = command.Process;
        using var folder = new TemporaryFolder();
        await process.StandardInput.WriteLineAsync(TestPictures.Save(1, folder["a.png"]));
        await process.StandardInput.FlushAsync();
        Assert.Contains("a.png", (await process.StandardOutput.ReadLineAsync())!);
        Assert.AreEqual(130, await command.InterruptAsync());
        Assert.Contains("Cancelled", await process.StandardError.ReadToEndAsync());
    }

    private static async Task Expect(int code, string text, params string[] arguments)
    {
        FreshProcessResult result = await CliRun.InProcessAsync(arguments);
        Assert.AreEqual(code, result.ExitCode, $"{string.Join(' ', arguments)}\n{result.Error}");
        Assert.Contains(text, result.Error);
    }
}
