using MLNetVision.Models.Common.Native;
using TorchSharp;

// Two workers keep two cores busy; each test runs torch on one thread, so that they do not fight for the cores.
[assembly: Parallelize(Workers = 2, Scope = ExecutionScope.ClassLevel)]

namespace MLNetVision.Tests.Support;

[TestClass]
public static class TestSetup
{
    [AssemblyInitialize]
    public static void Prepare(TestContext context)
    {
        RunFolder.Use();
        TorchLibrary.EnsureLoaded();
        torch.set_num_threads(1);
    }

    [AssemblyCleanup]
    public static void CheckTemporaryFiles()
    {
        string[] left = RunFolder.Delete();
        Assert.IsEmpty(left, $"Left among the temporary files: {string.Join(", ", left)}.");
    }

    // Whether operations are recorded is a setting of the thread, on which the next test runs.
    [GlobalTestCleanup]
    public static void CheckGradientMode(TestContext context)
    {
        if (!torch.is_grad_enabled() || torch.is_inference_mode_enabled())
        {
            torch.set_grad_enabled(true);
            Assert.Fail("The test left its thread without gradients: a no_grad or inference_mode was disposed of elsewhere, or not at all.");
        }
    }
}
