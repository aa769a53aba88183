using System.Globalization;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Training;

namespace MLNetVision.Projects.Runs;

/// <summary>What the training of a project does: what the project says, and where it says nothing what follows from the data.</summary>
public sealed record ProjectTrainingPlan
{
    // A longer table is in the run's labels.csv alone.
    private const int MostClasses = 100;

    /// <summary>The project's name.</summary>
    public required string Name { get; init; }

    /// <summary>The project's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>classification, semantic, instance or panoptic.</summary>
    public required string Task { get; init; }

    /// <summary>The network's kind: LeViT or Mask2Former.</summary>
    public required string Family { get; init; }

    /// <summary>The form of the data: folder, coco-instances, coco-panoptic, vott, labelme, yolo or voc.</summary>
    public required string Format { get; init; }

    /// <summary>The classes that the network learns. The sets may have more, which count as wrong there.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>The sets (train, validation, test) with the pictures of each, and how often each class is in them.</summary>
    public required LabelCounts Data { get; init; }

    /// <summary>Where the validation data come from, in a few words.</summary>
    public required string Validation { get; init; }

    /// <summary>Whether the validation data are held out of the training data.</summary>
    public required bool IsSplit { get; init; }

    /// <summary>The parts of a cross-validation; null for none.</summary>
    public int? Folds { get; init; }

    /// <summary>What the training begins with, and why.</summary>
    public required TrainingStart Start { get; init; }

    /// <summary>The side of the network's input, of a segmentation of its crops in training.</summary>
    public required int ImageSize { get; init; }

    /// <summary>The passes over the data; null where steps are counted.</summary>
    public int? Epochs { get; init; }

    /// <summary>The steps; null where passes are counted.</summary>
    public long? Steps { get; init; }

    /// <summary>The pictures of a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The highest learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The epochs or evaluations without a better one after which training ends; null for none.</summary>
    public int? Patience { get; init; }

    /// <summary>The seconds that the steps may take; null for no limit.</summary>
    public double? TrainTime { get; init; }

    /// <summary>The seed.</summary>
    public required int Seed { get; init; }

    /// <summary>What chooses the best state and is reported: MicroAccuracy, PQ, MaskAP or MeanIoU.</summary>
    public required string Metric { get; init; }

    /// <summary>What computes: the GPU, or the processor with the level of its kernels.</summary>
    public required string Device { get; init; }

    /// <summary>The block that a training begins with: a line for each of these, then the table of classes where they are not too many.</summary>
    public override string ToString()
    {
        (string Name, string Text)[] lines =
        [
            ("Project", $"{Name} in {Folder}"),
            ("Task", $"{Task}, {Family}, {ClassNames.Count} classes"),
            ("Data", $"{Format}: {string.Join(", ", Data.Sets.Select(set => string.Create(CultureInfo.InvariantCulture, $"{set.RowCount} {set.Name}")))}"),
            ("Validation", Validation),
            ("Device", Device),
            ("Start", $"{Start.Name} ({Start.Reason.Split(" (")[0]})"),
            ("Training", Invariant($"{(Epochs is { } epochs ? $"{epochs} epochs" : $"{Steps} steps")}, batch {BatchSize}, learning rate {LearningRate:g3}, pictures of {ImageSize}×{ImageSize}, seed {Seed}")
                + (Patience is { } patience ? Invariant($", ends after {patience} without a better one") : string.Empty)
                + (TrainTime is { } seconds ? Invariant($", at most {seconds:g} s") : string.Empty)),
        ];
        return string.Join('\n', lines.Select(line => $"{line.Name,-12}{line.Text}")) + (Data.ClassNames.Count <= MostClasses ? $"\n\n{Data}".TrimEnd() : string.Empty);
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
