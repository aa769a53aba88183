namespace MLNetVision.Models.Common.Kernels.Maps;

/// <summary>The size of a feature map.</summary>
internal readonly record struct MapSize(int Height, int Width)
{
    public int Area => Height * Width;
}
