namespace MLNetVision.Models.Training.Segmentation.Points.Kernels;

/// <summary>The four pixels around a point and what each weighs in bilinear interpolation; a pixel outside of the map weighs nothing, and the nearest inside is named in its place.</summary>
internal readonly record struct PointNeighbours(
    int Pixel0, int Pixel1, int Pixel2, int Pixel3, float Share0, float Share1, float Share2, float Share3);
