using System.Runtime.Intrinsics.X86;

namespace MLNetVision.Models.Common.Imaging;

/// <summary>The instruction sets that the resampling passes are written for; all give the same bytes.</summary>
internal enum ResampleKernel
{
    /// <summary>128-bit vectors of any processor.</summary>
    Portable,

    /// <summary>x86 with AVX2.</summary>
    Avx2,

    /// <summary>x86 with AVX-512BW: as AVX2, the vertical pass twice as wide.</summary>
    Avx512,
}

/// <summary>Tells what this processor has.</summary>
internal static class ResampleKernels
{
    /// <summary>The fastest kernel of this processor.</summary>
    public static ResampleKernel Best { get; } =
        Avx512BW.IsSupported ? ResampleKernel.Avx512 : Avx2.IsSupported ? ResampleKernel.Avx2 : ResampleKernel.Portable;

    /// <summary>All kernels of this processor.</summary>
    public static IEnumerable<ResampleKernel> Available => Enum.GetValues<ResampleKernel>().Where(kernel => kernel <= Best);
}
