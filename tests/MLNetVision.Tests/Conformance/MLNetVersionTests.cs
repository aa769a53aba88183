using MLNetVision.Internals;

namespace MLNetVision.Tests.Conformance;

[TestClass]
public sealed class MLNetVersionTests
{
    [TestMethod]
    [DataRow("5.0.1")]
    [DataRow("5.0.1+a4f730ec0c9106c2c9ef9e1fa34011374115fb98")]
    public void Problem_TestedVersion_IsNone(string loaded) => Assert.IsNull(MLNetVersion.Problem("5.0.1", loaded));

    [TestMethod]
    [DataRow("5.1.0+abc", "5.1.0")]
    [DataRow("5.0.10", "5.0.10")]
    [DataRow(null, "one without a version")]
    public void Problem_AnotherVersion_NamesBothAndTheSwitch(string? loaded, string named)
    {
        string problem = MLNetVersion.Problem("5.0.1", loaded)!;
        StringAssert.Contains(problem, "Microsoft.ML 5.0.1");
        StringAssert.Contains(problem, named);
        StringAssert.Contains(problem, MLNetVersion.Switch);
    }

    [TestMethod]
    public void Check_VersionOfTheseTests_Passes() => MLNetVersion.Check();
}
