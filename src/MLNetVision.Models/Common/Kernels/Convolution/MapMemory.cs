namespace MLNetVision.Models.Common.Kernels.Convolution;

/// <summary>Where maps lie: dense, with channels first or last.</summary>
/// <param name="Start">The first image.</param>
/// <param name="ChannelsLast">(batch, height, width, channels) rather than (batch, channels, height, width).</param>
/// <param name="Batch">The images.</param>
/// <param name="Channels">The channels.</param>
/// <param name="Height">The rows.</param>
/// <param name="Width">The columns.</param>
internal readonly unsafe record struct MapMemory(nint Start, bool ChannelsLast, int Batch, int Channels, int Height, int Width)
{
    /// <summary>A row's first pixel: all its channels, or its first channel.</summary>
    public float* Line(int image, int row) =>
        (float*)Start + (long)image * Channels * Height * Width + (long)row * Width * (ChannelsLast ? Channels : 1);
}
