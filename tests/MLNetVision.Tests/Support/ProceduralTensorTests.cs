namespace MLNetVision.Tests.Support;

[TestClass]
public sealed class ProceduralTensorTests
{
    [TestMethod]
    public void Generator_PublishedName_GivesPublishedValues()
    {
        Assert.AreEqual(0x830cf17637260a67UL, ProceduralTensor.Fnv1A64("check"));
        float[] values = ProceduralTensor.Values("check", 4, scale: 1, offset: 0);
        CollectionAssert.AreEqual(new[] { 0.0473735332f, -0.148123503f, -0.619655967f, 0.624156475f }, values);
    }
}
