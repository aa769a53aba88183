namespace MLNetVision.Models.Common.Engines;

/// <summary>What computes a network.</summary>
internal enum EngineKind
{
    /// <summary>This library's kernels on the CPU; libtorch is not needed.</summary>
    Kernels,

    /// <summary>libtorch's operators on the CPU.</summary>
    LibTorch,

    /// <summary>libtorch on a GPU.</summary>
    Gpu,
}
