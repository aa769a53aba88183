using System.Globalization;
using MLNetVision.Imaging.Augmentation;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Scenes;

namespace MLNetVision.Projects;

/// <summary>What the words of a project mean for a training: how pictures are varied, and what is not trained.</summary>
internal static class ProjectChoices
{
    public const string Usual = "default", None = "none", Backbone = "backbone";

    private const string NotMirrored = "no-mirror", Strong = "strong";

    /// <summary>The words for the variation of pictures.</summary>
    public static string[] Augmentations { get; } = [Usual, None, NotMirrored, Strong];

    /// <summary>The pictures' variation of a classification. "strong" is LeViT's own recipe; whether pictures are mirrored follows the data.</summary>
    public static ImageAugmentation Vary(ImageAugmentation usual, string? word) => word switch
    {
        None => ImageAugmentation.None,
        NotMirrored => usual with { HorizontalFlip = 0 },
        Strong => ImageAugmentation.OriginalRecipe with { HorizontalFlip = usual.HorizontalFlip },
        _ => usual,
    };

    /// <summary>The pictures' variation of a segmentation. "strong" is Mask2Former's own recipe for ADE20K; whether pictures are mirrored follows the data.</summary>
    public static SegmentationAugmentation Vary(SegmentationAugmentation usual, string? word) => word switch
    {
        None => usual with { Reference = ScaleReference.ShorterSide, MinimumScale = 1, MaximumScale = 1, FlipProbability = 0, ColorJitter = 0 },
        NotMirrored => usual with { FlipProbability = 0 },
        Strong => usual with { Reference = ScaleReference.ShorterSide, MinimumScale = 0.5, MaximumScale = 2, ColorJitter = 0.5 },
        _ => usual,
    };

    /// <summary>Whether a word says what is not trained: nothing, all but the heads, or of a classification so many stages.</summary>
    public static bool IsFreeze(string word, bool classifies) => word is None or Backbone || (classifies && Stages(word) is >= 0);

    /// <summary>What is not trained of a classification.</summary>
    public static LevitTrainingOptions Freeze(LevitTrainingOptions usual, string? word) =>
        word == Backbone ? usual with { FreezeBackbone = true } : Stages(word) is { } stages ? usual with { FrozenStages = stages } : usual;

    /// <summary>What is not trained of a segmentation.</summary>
    public static SegmentationTrainingOptions Freeze(SegmentationTrainingOptions usual, string? word) => word == Backbone ? usual with { FreezeBackbone = true } : usual;

    private static int? Stages(string? word) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int stages) ? stages : null;
}
