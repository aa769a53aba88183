using Microsoft.Extensions.Logging;
using MLNetVision.Cli.Serve;
using MLNetVision.Cli.Shell;

namespace MLNetVision.Tests.Cli.Serve;

[TestClass]
public sealed class ReporterLogsTests
{
    [TestMethod]
    public void Log_WarningThatComesAgain_IsToldAgain()
    {
        using var said = new StringWriter();
        using (var reporter = new Reporter(said, Verbosity.Minimal, logFile: null))
        {
            using var logs = new ReporterLogs(reporter);
            ILogger logger = logs.CreateLogger("MLNetVision.AspNetCore.VisionService");
            logger.LogWarning("The new model cannot be used.");
            logger.LogWarning("The new model cannot be used.");
            reporter.Warning("Two classes have one name.");
            reporter.Warning("Two classes have one name.");
        }

        Assert.AreEqual(2, said.ToString().Split("warning: The new model cannot be used.").Length - 1);
        Assert.AreEqual(1, said.ToString().Split("warning: Two classes have one name.").Length - 1);
    }
}
