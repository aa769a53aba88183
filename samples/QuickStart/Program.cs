// The two models of MLNetVision in ML.NET, from pictures on the disk to predictions in another process:
//   dotnet run -c Release --project samples/QuickStart [-- digits|scenes [SEED]]
// digits: trains a small LeViT from scratch on handwritten digits in folders.
// scenes: fine-tunes a small Mask2Former on a COCO file with classes that it has never seen.
// Without a word both run. What they write goes to artifacts/quickstart.
using QuickStart;
using Samples;

switch (args)
{
    case ["predict-digits", var model, .. var pictures]:
        DigitPrediction.Run(model, pictures);
        return 0;
    case ["predict-scenes", var model, .. var pictures]:
        ScenePrediction.Run(model, pictures);
        return 0;
}

var line = new CommandLine(args, "QuickStart [digits|scenes [SEED]]   trains both models, or the one of that word, with the seed 1 by default", most: 2);
int seed = line.Number(1, "SEED", 1);
string? form = line.Text(0);
if (form is not (null or "digits" or "scenes"))
{
    line.Fail($"'{form}' is neither 'digits' nor 'scenes'.");
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
