using MLNetVision.Models.Common.Native;
using TorchSharp;

namespace MLNetVision.Tests.Models.Common.Native;

[TestClass]
public sealed class Tf32Tests
{
    [TestMethod]
    [DataRow(null, null, false)]
    [DataRow("", null, false)]
    [DataRow("1", null, true)]
    [DataRow("0", null, false)]
    [DataRow(null, true, true)]
    [DataRow("1", true, true)]
    [DataRow("0", false, false)]
    public void Choose_WishesThatAgree_AreTaken(string? variable, bool? setting, bool expected) => Assert.AreEqual(expected, Tf32.Choose(variable, setting));

    [TestMethod]
    [DataRow("1", false, "two things at once")]
    [DataRow("0", true, "two things at once")]
    [DataRow("yes", null, "'yes'; expected 1 or 0")]
    public void Choose_WishesThatDisagreeOrAreNone_AreRefused(string variable, bool? setting, string expected) =>
        Assert.Contains(expected, Assert.ThrowsExactly<InvalidOperationException>(() => Tf32.Choose(variable, setting)).Message);

    [TestMethod]
    public void EnsureLoaded_WithoutAWish_TurnsItOff()
    {
        TorchLibrary.EnsureLoaded();
        Assert.IsFalse(torch.backends.cudnn.allow_tf32);
        Assert.IsFalse(torch.backends.cuda.matmul.allow_tf32);
    }
}
