using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Points;

/// <summary>Draws points and checks what came: sources may be anyone's, and points are read without further checks.</summary>
internal static class PointSourceChecks
{
    /// <inheritdoc cref="IPointSource.Draw"/>
    /// <exception cref="InvalidOperationException">The source gave something else.</exception>
    public static Tensor DrawChecked(this IPointSource source, PointDraw draw, long sets, long points, Device device)
    {
        Tensor drawn = source.Draw(draw, sets, points, device);
        return drawn.shape.SequenceEqual([sets, points, 2]) && drawn.dtype == ScalarType.Float32 && drawn.device.type == device.type
            ? drawn
            : throw new InvalidOperationException(
                $"Expected points ({sets}, {points}, 2) of Float32 on {device.type} for {draw}, but {source.GetType().Name} gave ({string.Join(", ", drawn.shape)}) of {drawn.dtype} on {drawn.device.type}.");
    }
}
