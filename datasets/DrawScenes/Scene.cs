namespace DrawScenes;

/// <summary>A painted picture with its panoptic truth.</summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Pixels">Interleaved RGB, row by row.</param>
/// <param name="SegmentOf">For each pixel the index of its segment.</param>
/// <param name="Segments">The category id of each segment.</param>
internal sealed record Scene(int Width, int Height, byte[] Pixels, int[] SegmentOf, IReadOnlyList<int> Segments);
