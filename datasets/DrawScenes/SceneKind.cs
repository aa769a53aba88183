namespace DrawScenes;

/// <summary>What can be seen in a data set: things to stamp and kinds of stuff behind them.</summary>
internal sealed record SceneKind(IReadOnlyList<StampClass> Things, IReadOnlyList<StuffTexture> Stuff)
{
    /// <summary>Handwritten digits, from a folder for each label, on four kinds of stuff.</summary>
    public static SceneKind Digits(string folder) =>
        new(DigitStamps.Load(folder), [StuffTexture.Stripes, StuffTexture.Checks, StuffTexture.Dots, StuffTexture.Waves]);

    /// <summary>COCO categories: the things from id 1 on, then the stuff.</summary>
    public IReadOnlyList<SceneCategory> Categories { get; } =
        [.. Things.Select((thing, i) => new SceneCategory(1 + i, thing.Name, IsThing: true)),
         .. Stuff.Select((stuff, i) => new SceneCategory(1 + Things.Count + i, stuff.Name, IsThing: false))];
}

/// <summary>A COCO category.</summary>
internal sealed record SceneCategory(int Id, string Name, bool IsThing);

/// <summary>The stamps of one class of things.</summary>
internal sealed record StampClass(string Name, IReadOnlyList<Stamp> Stamps);

/// <summary>The opacity of a thing, 0 to 1, at a point of the unit square around it.</summary>
internal delegate double Stamp(double x, double y);
