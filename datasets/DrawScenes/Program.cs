// Redraws datasets/digit-scenes and datasets/shape-scenes:
//   dotnet run -c Release --project datasets/DrawScenes -- [datasets folder]
// The same seed always draws the same bytes.
using DrawScenes;

string datasets = args.Length > 0 ? args[0] : "datasets";
string digits = Path.Combine(datasets, "digits");
if (!Directory.Exists(digits))
{
    Console.Error.WriteLine($"'{digits}' does not exist; give the datasets folder as the argument.");
    return 2;
}

SceneKind digitKind(string split) => SceneKind.Digits(Path.Combine(digits, split));
var shapeKind = new SceneKind(ShapeStamps.All, [StuffTexture.Bricks, StuffTexture.Rings, StuffTexture.Gradient]);

Draw("digit-scenes", "train", digitKind("train"), count: 480, seed: 1);
Draw("digit-scenes", "test", digitKind("test"), count: 80, seed: 2);
Draw("shape-scenes", "train", shapeKind, count: 40, seed: 3);
Draw("shape-scenes", "test", shapeKind, count: 20, seed: 4);
return 0;

void Draw(string name, string split, SceneKind kind, int count, int seed)
{
    // A seed of its own for each scene: a scene does not depend on those before it.
    SceneFolder.Write(Path.Combine(datasets, name, split), kind, Enumerable.Range(seed * 1_000_000, count).Select(own => ScenePainter.Paint(kind, new Random(own))));
    Console.WriteLine($"{name}/{split}: {count} scenes");
}
