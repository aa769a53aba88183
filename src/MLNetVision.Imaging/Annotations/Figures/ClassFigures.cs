namespace MLNetVision.Imaging.Annotations.Figures;

/// <summary>What there is of a class in a data set.</summary>
/// <param name="Name">The class.</param>
/// <param name="IsThing">Whether it is a thing.</param>
/// <param name="Segments">Its segments, crowds among them.</param>
/// <param name="Crowds">Its crowds.</param>
/// <param name="Images">The images that have it.</param>
/// <param name="Area">The sum of its segments' areas in pixels.</param>
public sealed record ClassFigures(string Name, bool IsThing, long Segments, long Crowds, long Images, double Area);
