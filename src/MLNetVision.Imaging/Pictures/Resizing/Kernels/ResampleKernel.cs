using MLNetVision.Imaging.Levels;

namespace MLNetVision.Imaging.Pictures.Resizing.Kernels;

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

/// <summary>Tells which kernels the process may use.</summary>
internal static class ResampleKernels
{
    /// <summary>The kernel of this level.</summary>
    public static ResampleKernel Best =>
        KernelLevels.UsesAvx512 ? ResampleKernel.Avx512 : KernelLevels.UsesAvx2 ? ResampleKernel.Avx2 : ResampleKernel.Portable;

    /// <summary>All kernels of this level and those below.</summary>
    public static IEnumerable<ResampleKernel> Available => Enum.GetValues<ResampleKernel>().Where(kernel => kernel <= Best);
}
