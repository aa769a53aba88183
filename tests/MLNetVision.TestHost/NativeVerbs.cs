using MLNetVision.Models.Common.Native;
using TorchSharp;

namespace MLNetVision.TestHost;

internal static class NativeVerbs
{
    /// <summary>Loads libtorch and computes something with it.</summary>
    public static void LoadTorch(string[] arguments)
    {
        TorchLibrary.EnsureLoaded();
        using torch.Tensor product = torch.ones(2, 3).mm(torch.ones(3, 2));
        Console.WriteLine(product.sum().item<float>());
    }
}
