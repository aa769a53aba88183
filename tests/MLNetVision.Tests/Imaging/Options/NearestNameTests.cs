using MLNetVision.Imaging.Options;

namespace MLNetVision.Tests.Imaging.Options;

[TestClass]
public sealed class NearestNameTests
{
    private static readonly string[] Known = ["disc", "ring", "square", "triangle"];

    [TestMethod]
    [DataRow("dics", "disc")]
    [DataRow("Ring", "ring")]
    [DataRow("squar", "square")]
    [DataRow("trinagles", "triangle")]
    [DataRow("cat", null)]
    [DataRow("", null)]
    public void Of_MistypedName_IsTheNearestThatIsNearEnough(string name, string? expected) => Assert.AreEqual(expected, NearestName.Of(name, Known));

    [TestMethod]
    public void Of_NothingKnown_IsNone() => Assert.IsNull(NearestName.Of("disc", []));
}
