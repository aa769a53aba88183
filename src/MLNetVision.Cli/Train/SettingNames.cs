using System.Text.RegularExpressions;

namespace MLNetVision.Cli.Train;

/// <summary>What the settings of a training are called on the command line, where the library speaks of its properties.</summary>
internal static partial class SettingNames
{
    private static readonly (string Property, string Words)[] Names =
    [
        ("Epochs", "--epoch"),
        ("Steps", "--steps"),
        ("BatchSize", "--batch"),
        ("LearningRate", "--learning-rate"),
        ("EarlyStoppingPatience", "--patience"),
        ("TrainTime", "--train-time"),
        ("Seed", "--seed"),
        ("BalanceClasses", "--class-weights"),
        ("ClassWeights", "the weights of the classes"),
        ("Precision", "--precision"),
        ("Augmentation", "the variation of pictures (--augmentation, --image-size)"),
        ("FreezeBackbone", "--freeze backbone"),
        ("FrozenStages", "--freeze"),
        ("WarmUpEpochs", "the epochs of the warm-up (by --epoch)"),
        ("WarmUpSteps", "the steps of the warm-up (by --steps)"),
        ("EvaluationSteps", "the steps between evaluations (by --steps)"),
        ("Model", "the network (--checkpoint, --image-size, or the classes of the data)"),
        ("Processor", "the preparation of pictures (--image-size)"),
        ("TrainingPictures", "the pictures trained with"),
        ("ValidationPictures", "the pictures validated with"),
        ("ComputeThreads", "the threads that compute (by the size of the network)"),
        ("Teacher", "the teacher"),
    ];

    /// <summary>The differences that a message names, in the words of options: null is "none", and what is true or false "on" or "off".</summary>
    public static string InWordsOfOptions(string message) => Difference().Replace(message, match =>
        Names.FirstOrDefault(name => name.Property == match.Groups["name"].Value).Words is { } words
            ? $"{words}{(match.Groups["field"].Value is { Length: > 1 } field ? $" ({field[1..]})" : string.Empty)} was {Value(match.Groups["was"].Value)} and is {Value(match.Groups["is"].Value)}"
            : match.Value);

    private static string Value(string value) => value switch { "null" => "none", "true" => "on", "false" => "off", _ => value.Trim('"') };

    [GeneratedRegex(@"\b(?<name>[A-Z][A-Za-z]+)(?<field>\.[A-Za-z_]+)? was (?<was>""[^""]*""|[^;]*?) and is (?<is>""[^""]*""|[^;.]*(\.\d+)?)(?=[;.])", RegexOptions.CultureInvariant)]
    private static partial Regex Difference();
}
