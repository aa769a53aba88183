using System.Runtime.InteropServices;
using MLNetVision.Models.Common.Native;
using TorchSharp;

namespace MLNetVision.TestHost;

internal static partial class NativeVerbs
{
    /// <summary>Loads libtorch and computes something with it.</summary>
    public static void LoadTorch(string[] arguments)
    {
        TorchLibrary.EnsureLoaded();
        using torch.Tensor product = torch.ones(2, 3).mm(torch.ones(3, 2));
        Console.WriteLine(product.sum().item<float>());
    }

    /// <summary>Prints how libtorch's threads were told to wait, in the environment that native libraries see.</summary>
    public static void TellWaits(string[] arguments)
    {
        _ = TorchLibrary.TryLoad();
        Console.WriteLine(Marshal.PtrToStringUTF8(GetVariable("GOMP_SPINCOUNT")) ?? "none");
        Console.WriteLine(Environment.GetEnvironmentVariable("GOMP_SPINCOUNT") ?? "none");
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetVariable(string name);
}
