// Scores the pictures of a folder with a checkpoint as it is, once without ML.NET and once with it:
//   dotnet run -c Release --project samples/ScoreFolder [-- CHECKPOINT FOLDER]
// CHECKPOINT is a folder in Hugging Face's form or the id of a model on the hub: a LeViT classifies the pictures, a
// Mask2Former segments them and draws what it finds into artifacts/score-folder. By default the scenes of
// datasets/digit-scenes are segmented by samples/pretrained/digit-scenes.
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Pretrained;
using Samples;
using ScoreFolder;

var line = new CommandLine(
    args,
    "ScoreFolder [CHECKPOINT [FOLDER]]   scores up to ten pictures of a folder, without ML.NET and with it" + Environment.NewLine +
    "  CHECKPOINT: a folder in Hugging Face's form, or a model id such as facebook/levit-128S; by default samples/pretrained/digit-scenes" + Environment.NewLine +
    "  FOLDER: the pictures; by default datasets/digit-scenes/test/images",
    most: 2);
string checkpoint = line.Text(0) ?? RepositoryFolder.Find("samples", "pretrained", "digit-scenes");
string folder = line.Text(1) ?? RepositoryFolder.Find("datasets", "digit-scenes", "test", "images");
string output = Path.GetFullPath(Path.Combine(RepositoryFolder.Find("samples"), "..", "artifacts", "score-folder"));
if (!Directory.Exists(folder))
{
    line.Fail($"There is no folder '{Path.GetFullPath(folder)}'.");
}

string[] endings = [".jpg", ".jpeg", ".png", ".webp", ".bmp"];
string[] files = [.. Directory.EnumerateFiles(folder).Where(file => endings.Contains(Path.GetExtension(file).ToLowerInvariant())).Order(StringComparer.Ordinal).Take(10)];
if (files.Length == 0)
{
    line.Fail($"There are no pictures in '{Path.GetFullPath(folder)}'.");
}

// Ctrl+C ends a download and the work on the pictures.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

// A folder, a weights file or a model id, which is downloaded once.
PretrainedSource source;
try
{
    source = await PretrainedSource.ResolveAsync(checkpoint, progress: new DownloadLine(), cancellation: stop.Token);
}
catch (Exception e) when (e is FileNotFoundException or HubException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

switch (ModelType.Of(source))
{
    case "levit":
        Show("Without ML.NET", files, await Classify.WithoutMLNetAsync(source.Path, files, stop.Token));
        Show("With ML.NET", files, Classify.WithMLNet(source.Path, files));
        return 0;
    case "mask2former":
        Show("Without ML.NET", files, await Segment.WithoutMLNetAsync(source.Path, files, Path.Combine(output, "without-mlnet"), stop.Token));
        Show("With ML.NET", files, Segment.WithMLNet(source.Path, files, Path.Combine(output, "with-mlnet")));
        Console.WriteLine($"Drawn in {output}");
        return 0;
    case var other:
        Console.Error.WriteLine($"'{checkpoint}' is a model of the type '{other}'; this program knows levit and mask2former.");
        return 1;
}

static void Show(string title, string[] files, IReadOnlyList<string> answers)
{
    Console.WriteLine(title);
    foreach ((string file, string answer) in files.Zip(answers))
    {
        Console.WriteLine($"  {Path.GetFileName(file)}: {answer}");
    }
}
