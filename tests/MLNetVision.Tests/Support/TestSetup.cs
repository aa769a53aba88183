using MLNetVision.Models.Common.Native;
using TorchSharp;

// Two workers keep two cores busy; each test runs torch on one thread, so that they do not fight for the cores.
[assembly: Parallelize(Workers = 2, Scope = ExecutionScope.ClassLevel)]

namespace MLNetVision.Tests.Support;

[TestClass]
public static class TestSetup
{
    [AssemblyInitialize]
    public static void LoadTorch(TestContext context)
    {
        TorchLibrary.EnsureLoaded();
        torch.set_num_threads(1);
    }
}
