using System.CommandLine;
using System.Globalization;
using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Train;

/// <summary>The verbs that train and their options.</summary>
internal static class TrainVerbs
{
    private const string Classification = "image-classification", Segmentation = "segmentation", Project = "train";

    public static Verb[] Create() =>
    [
        new(Classification, "Trains a classifier of pictures that lie in a folder for each class.",
            [
                "mlnetvision image-classification --dataset photos --name Flowers",
                "mlnetvision image-classification --dataset digits/train --test-dataset digits/test --name Digits --train-time 60",
                "mlnetvision image-classification --dataset photos --name Flowers --checkpoint facebook/levit-256 --epoch 20 --device cuda",
            ],
            command => Configure(command, Classification)),
        new(Segmentation, "Trains a network that finds the segments of pictures, from annotations of any known form.",
            [
                "mlnetvision segmentation --dataset scenes/train/panoptic.json --test-dataset scenes/test/panoptic.json --name Scenes",
                "mlnetvision segmentation --dataset data.yaml --name Cells --task instance --train-time 3600 --device cuda",
                "mlnetvision segmentation --dataset scenes/train/panoptic.json --name Scenes --resume",
            ],
            command => Configure(command, Segmentation)),
        new(Project, "Trains what a project file of Model Builder or of this command says (.mbconfig).",
            ["mlnetvision train --training-config Digits/Digits.mbconfig", "mlnetvision train --training-config Digits/Digits.mbconfig --epoch 100 --seed 2"],
            command => Configure(command, Project)),
    ];

    private static VerbAction Configure(Command command, string verb)
    {
        bool hasClasses = verb != Segmentation, hasSegments = verb != Classification;
        Option<string?> Text(string name, string description, string helpName, params string[] aliases) => Add(new Option<string?>(name, aliases) { Description = description, HelpName = helpName });
        T Add<T>(T option)
            where T : Option
        {
            command.Options.Add(option);
            return option;
        }

        Option<string?>? config = null, dataset = null, images = null, name = null, output = null;
        if (verb == Project)
        {
            config = Text("--training-config", "The project file.", "FILE");
            config.Required = true;
        }
        else
        {
            dataset = Text("--dataset", verb == Classification
                ? "The pictures: FOLDER/CLASS/PICTURE, FOLDER/train|validation|test/CLASS/PICTURE, or a CSV or TSV file of paths and labels."
                : "The annotations: COCO's JSON (panoptic or instances), VoTT's export, a folder of labelme's, Pascal VOC's folder, or YOLO's data.yaml.", "PATH");
            dataset.Required = true;
            name = Text("--name", "The name of the project, its folder and its files. Default: as the data are called.", "NAME");
            output = Text("--output", "The folder that the project's folder is made in. Default: the current one.", "FOLDER", "-o");
            images = verb == Segmentation ? Text("--images", "The folder of the pictures. Default: looked for beside the annotations.", "FOLDER") : null;
        }

        Option<string?> validation = Text("--validation-dataset", "Data of the same form that choose the best state. Default: the data's own part, else held out by --split-ratio.", "PATH");
        Option<string?> test = Text("--test-dataset", "Data of the same form that the model is judged by. Default: the data's own part, else the validation data.", "PATH");
        Option<double?> split = Add(NumberOptions.Share("--split-ratio", "The share of the data that is held out for validation; 0 for none. Default: 0.2."));
        Option<int?> folds = Add(NumberOptions.Optional(2, "--cv-fold", "Cross-validation: the data are divided into so many parts, and a network is trained for each that has not seen it; their figures tell what to expect of the model, which is then trained on all data.", "FOLDS"));
        Option<string?>? task = hasSegments ? Add(new Option<string?>("--task") { Description = "semantic, instance or panoptic. Default: by the annotations.", HelpName = "TASK" }.Among("semantic", "instance", "panoptic")) : null;
        Option<string?> checkpoint = Text("--checkpoint", "What to start from: a checkpoint folder, an ML.NET model file or a model id. Default: a published model that is in the cache or that the hub gives, else what comes with this command.", "MODEL");
        Option<int?> size = Add(NumberOptions.Optional(16, "--image-size", hasClasses && hasSegments ? "The side of the pictures that the network sees, in pixels; of segmentations of the crops in training. Default: by the start and the data."
            : hasClasses ? "The side of the pictures that the network sees, in pixels. Default: by the start and the data." : "The side of the crops in training, in pixels. Default: by the data.", "PIXELS", most: hasSegments ? 8192 : 2048));
        Option<int?> epochs = Add(NumberOptions.Optional(1, "--epoch", "Passes over the data. Default: by the data."));
        Option<int?>? steps = hasSegments ? Add(NumberOptions.Optional(1, "--steps", "Steps of a segmentation's training, instead of passes.")) : null;
        Option<int?> batch = Add(NumberOptions.Optional(hasSegments ? 1 : 2, "--batch", "Pictures of a step. Default: by the data.", most: 65536));
        Option<double?> rate = Add(NumberOptions.Positive("--learning-rate", 10, "The highest learning rate. Default: by the start and the data.", "RATE"));
        Option<int?> patience = Add(NumberOptions.Optional(1, "--patience", "Ends the training after so many epochs, or evaluations of a segmentation, without a better one. Default: never."));
        Option<string?> freeze = Text("--freeze", $"What stays as the start has it: none (default), backbone (only the heads are trained){(hasClasses ? ", or of a classifier the number of stages, from the first" : string.Empty)}. Faster, and for few pictures.", "PART");
        freeze.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value is not ("none" or "backbone") && !(hasClasses && int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            {
                result.AddError($"--freeze is '{token.Value}'; expected none or backbone{(hasClasses ? ", or a number of stages" : string.Empty)}.");
            }
        });
        Option<string?> augmentation = Add(new Option<string?>("--augmentation") { Description = "How pictures are varied in training: default (by the data), none, no-mirror (where left and right matter, as in writing), strong (as the networks' authors do, for long trainings).", HelpName = "KIND" }.Among("default", "none", "no-mirror", "strong"));
        Option<string?>? weights = hasClasses ? Add(new Option<string?>("--class-weights") { Description = "none, or balanced: of a classification, rare classes weigh as much as frequent ones.", HelpName = "KIND" }.Among("none", "balanced")) : null;
        Option<string?> precision = Add(new Option<string?>("--precision") { Description = "The numbers in which the network is trained: float32 (default), or bfloat16, which is for GPUs.", HelpName = "NUMBERS" }.Among("float32", "bfloat16"));
        Option<double?>? threshold = hasSegments ? Add(NumberOptions.Share("--score-threshold", "The smallest score of a segment that the model gives. Default: 0.5.")) : null;
        Option<int?> time = Add(NumberOptions.Optional(0, "--train-time", "The most seconds that the training may take; 0 for no limit, which is the default.", "SECONDS"));
        Option<int?> seed = Add(NumberOptions.Optional(0, "--seed", "Where all chance comes from: the same seed and data give the same model on the CPU. Default: 1."));
        Option<string> device = Add(DeviceName.Option("auto"));
        LibTorchOption libtorch = LibTorchOption.AddTo(command);
        var resume = Add(new Option<bool>("--resume") { Description = "Go on with the last run where it was broken off." });
        var noCode = Add(new Option<bool>("--no-code") { Description = "Write no C# code beside the model." });
        var dry = Add(new Option<bool>("--dry-run") { Description = "Say what would be done, and do nothing." });
        return (parsed, context) => TrainRun.RunAsync(
            new TrainArguments
            {
                Verb = verb,
                TrainingConfig = parsed.Of(config),
                Dataset = parsed.Of(dataset),
                Images = parsed.Of(images),
                Name = parsed.Of(name),
                Output = parsed.Of(output),
                ValidationDataset = parsed.Of(validation),
                TestDataset = parsed.Of(test),
                SplitRatio = parsed.GetValue(split),
                Task = parsed.Of(task),
                Checkpoint = parsed.Of(checkpoint),
                ImageSize = parsed.GetValue(size),
                Epochs = parsed.GetValue(epochs),
                Steps = steps is null ? null : parsed.GetValue(steps),
                Batch = parsed.GetValue(batch),
                LearningRate = parsed.GetValue(rate),
                Patience = parsed.GetValue(patience),
                ClassWeights = parsed.Of(weights),
                Freeze = parsed.Of(freeze),
                Augmentation = parsed.Of(augmentation),
                Folds = parsed.GetValue(folds),
                Precision = parsed.Of(precision),
                ScoreThreshold = threshold is null ? null : parsed.GetValue(threshold),
                TrainTime = parsed.GetValue(time),
                Seed = parsed.GetValue(seed),
                Device = parsed.GetResult(device) is { Implicit: false } ? parsed.GetValue(device) : null,
                LibTorch = libtorch.Of(parsed),
                Resume = parsed.GetValue(resume),
                NoCode = parsed.GetValue(noCode),
                DryRun = parsed.GetValue(dry),
            },
            context);
    }

    private static string? Of(this ParseResult parsed, Option<string?>? option) => option is null ? null : parsed.GetValue(option);
}
