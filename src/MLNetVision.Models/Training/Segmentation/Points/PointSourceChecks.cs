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

    /// <summary>Draws a set of points for each of several purposes, one after the other.</summary>
    /// <returns>(draws, points, 2).</returns>
    /// <exception cref="InvalidOperationException">The source gave something else.</exception>
    public static Tensor DrawChecked(this IPointSource source, IReadOnlyList<PointDraw> draws, long points, Device device)
    {
        if (source is SeededPointSource seeded)
        {
            return seeded.Draw(draws[0], draws.Count, points, device); // the same as one by one
        }

        using var scope = NewDisposeScope();
        return cat([.. draws.Select(draw => source.DrawChecked(draw, 1, points, device))]).MoveToOuterDisposeScope();
    }

    /// <summary>Draws the points of the mask losses of several layers, one after the other.</summary>
    /// <param name="source">The source.</param>
    /// <param name="layers">The layers in the order of drawing.</param>
    /// <param name="masks">How many masks a layer has.</param>
    /// <param name="candidates">How many candidates a mask has.</param>
    /// <param name="random">How many points a mask has beside those that are chosen of the candidates; may be 0.</param>
    /// <param name="device">Where they are needed.</param>
    /// <returns>Layer by layer and mask by mask: (layers · masks, candidates, 2), and (layers · masks, random, 2) or null.</returns>
    /// <exception cref="InvalidOperationException">The source gave something else.</exception>
    public static (Tensor Candidates, Tensor? Random) DrawLossPoints(
        this IPointSource source, IReadOnlyList<int> layers, long masks, long candidates, long random, Device device)
    {
        using var scope = NewDisposeScope();
        if (source is SeededPointSource seeded)
        {
            // A layer's candidates, then its random points: the same as one by one.
            Tensor all = seeded.Draw(default, layers.Count, masks * (candidates + random), device);
            return (
                all.narrow(1, 0, masks * candidates).reshape(layers.Count * masks, candidates, 2).MoveToOuterDisposeScope(),
                random == 0 ? null : all.narrow(1, masks * candidates, masks * random).reshape(layers.Count * masks, random, 2).MoveToOuterDisposeScope());
        }

        var drawnCandidates = new List<Tensor>();
        var drawnRandom = new List<Tensor>();
        foreach (int layer in layers)
        {
            drawnCandidates.Add(source.DrawChecked(new PointDraw(layer, PointRole.Oversampled, -1), masks, candidates, device));
            if (random > 0)
            {
                drawnRandom.Add(source.DrawChecked(new PointDraw(layer, PointRole.Random, -1), masks, random, device));
            }
        }

        return (cat(drawnCandidates).MoveToOuterDisposeScope(), random == 0 ? null : cat(drawnRandom).MoveToOuterDisposeScope());
    }
}
