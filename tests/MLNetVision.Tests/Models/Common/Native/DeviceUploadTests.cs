using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Native;

[TestClass]
public sealed class DeviceUploadTests
{
    [TestMethod]
    public void To_TheCpu_IsTheTensorItself()
    {
        using Tensor host = rand(5);
        Assert.AreSame(host, DeviceUpload.To(host, CPU));
    }

    [TestMethod]
    public void Staged_TheSourceChangesAndIsGone_KeepsItsValues()
    {
        using Tensor expected = rand([3, 4]), host = expected.clone();
        Tensor? staging = null;
        using Tensor there = DeviceUpload.Staged(host, CPU, tensor => staging = tensor.clone());
        host.fill_(7);
        Assert.IsTrue(there.eq(expected).all().item<bool>());
        Assert.IsTrue(staging!.IsInvalid, "the staging memory is still named");
    }
}
