// The two models of MLNetVision in ML.NET, from pictures on the disk to predictions in another process:
//   dotnet run -c Release --project samples/QuickStart [-- digits|scenes [SEED]]
// digits: trains a small LeViT from scratch on handwritten digits in folders.
// scenes: fine-tunes a small Mask2Former on a COCO file with classes that it has never seen.
// Without a word both run. What they write goes to artifacts/quickstart.
using QuickStart;

switch (args)
{
    case ["predict-digits", var model, .. var pictures]:
        DigitPrediction.Run(model, pictures);
        return 0;
    case ["predict-scenes", var model, .. var pictures]:
        ScenePrediction.Run(model, pictures);
        return 0;
}

int seed = args is [_, var text] ? int.Parse(text) : 1;
string? form = args.FirstOrDefault();
if (form is not (null or "digits" or "scenes"))
{
    Console.Error.WriteLine($"'{form}' is neither 'digits' nor 'scenes'.");
    return 2;
}

int exitCode = 0;
if (form is null or "digits")
{
    exitCode = Digits.Run(seed);
}

if (exitCode == 0 && form is null or "scenes")
{
    exitCode = Scenes.Run(seed);
}

return exitCode;
