using MLNetVision.Models.Common.Native;
using TorchSharp;

namespace MLNetVision.Tests.Models.Common.Native;

[TestClass]
public sealed class Tf32Tests
{
    [TestMethod]
    [DataRow(null, null, null)]
    [DataRow("", null, null)]
    [DataRow("1", null, true)]
    [DataRow("0", null, false)]
    [DataRow(null, true, true)]
    [DataRow("1", true, true)]
    [DataRow("0", false, false)]
    public void Choose_WishesThatAgree_AreTaken(string? variable, bool? setting, bool? expected) => Assert.AreEqual(expected, Tf32.Choose(variable, setting));

    [TestMethod]
    [DataRow("1", false, "two things at once")]
    [DataRow("0", true, "two things at once")]
    [DataRow("yes", null, "'yes'; expected 1 or 0")]
    public void Choose_WishesThatDisagreeOrAreNone_AreRefused(string variable, bool? setting, string expected) =>
        Assert.Contains(expected, Assert.ThrowsExactly<InvalidOperationException>(() => Tf32.Choose(variable, setting)).Message);

    [TestMethod]
    [DataRow(null, false, false)]
    [DataRow(null, true, true)]
    [DataRow(true, false, true)]
    [DataRow(true, true, true)]
    [DataRow(false, false, false)]
    public void Settle_TorchsOwnSwitch_CountsWhereNothingElseIsAsked(bool? wish, bool torchHas, bool expected) => Assert.AreEqual(expected, Tf32.Settle(wish, torchHas));

    [TestMethod]
    public void Settle_ForbiddenAndSetInTorch_IsRefused() =>
        Assert.Contains("two things at once", Assert.ThrowsExactly<InvalidOperationException>(() => Tf32.Settle(false, torchHas: true)).Message);

    [TestMethod]
    public void EnsureLoaded_WithoutAWish_TurnsItOff()
    {
        TorchLibrary.EnsureLoaded();
        Assert.IsFalse(torch.backends.cudnn.allow_tf32);
        Assert.IsFalse(torch.backends.cuda.matmul.allow_tf32);
        Assert.IsFalse(Tf32.IsOn);
    }
}
