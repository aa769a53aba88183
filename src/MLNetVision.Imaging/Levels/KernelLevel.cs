namespace MLNetVision.Imaging.Levels;

/// <summary>Which code computes, from the one for any processor up to the one for the widest vectors.</summary>
internal enum KernelLevel
{
    /// <summary>
    /// libtorch where there is a choice: the products of linear layers in training, and LeViT's scoring in single precision.
    /// What remains to this library is computed as by <see cref="Portable"/>.
    /// </summary>
    LibTorch,

    /// <summary>This library's code without a processor's own instructions: the vectors that the runtime makes fit for each.</summary>
    Portable,

    /// <summary>x86 with AVX2 and FMA: vectors of 256 bits.</summary>
    Avx2,

    /// <summary>x86 with AVX-512: vectors of 512 bits where they help, and products in training.</summary>
    Avx512,
}
