using TorchSharp;

namespace MLNetVision.Models.Training.Segmentation.Points;

/// <summary>What a draw of random points is for.</summary>
public enum PointRole
{
    /// <summary>The points at which predictions and targets of one image are compared to match them.</summary>
    Matching,

    /// <summary>The candidates of which the most uncertain become loss points.</summary>
    Oversampled,

    /// <summary>The loss points that are drawn without regard to uncertainty.</summary>
    Random,
}

/// <summary>Names one draw within a training step.</summary>
/// <param name="Layer">The prediction's index: 0 is made before the first decoder layer, the highest is the final one.</param>
/// <param name="Role">What the points are for.</param>
/// <param name="Image">The image's index in the batch; -1 for draws that serve all images at once.</param>
public readonly record struct PointDraw(int Layer, PointRole Role, int Image);

/// <summary>
/// Gives the random points of the matcher and of the mask losses. The criterion has no other source of chance, so a
/// source that replays recorded points makes a step repeatable.
/// </summary>
public interface IPointSource
{
    /// <summary>Draws points.</summary>
    /// <param name="draw">What they are for. A source may ignore it.</param>
    /// <param name="sets">How many sets of points, at least 1.</param>
    /// <param name="points">How many points each, at least 1.</param>
    /// <param name="device">Where they are needed.</param>
    /// <returns>(sets, points, 2) float32, each point (x, y) in [0, 1) of the image's width and height.</returns>
    torch.Tensor Draw(PointDraw draw, long sets, long points, torch.Device device);
}
