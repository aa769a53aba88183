using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Forms;

namespace MLNetVision.Models.Pipelines.Evaluations;

/// <summary>The annotations that an evaluation is of, and its classes: theirs first, then those that the answers alone have.</summary>
internal sealed class EvaluatedScenes
{
    private EvaluatedScenes(AnnotationSource source, string[] names) => (Source, Names) = (source, names);

    public AnnotationSource Source { get; }

    public string[] Names { get; }

    /// <summary>Opens the part of annotations that the options name.</summary>
    /// <exception cref="InvalidDataException">The annotations cannot be used, or have no class in common with the answers.</exception>
    public static EvaluatedScenes Open(string path, PictureEvaluationOptions options, SegmentationLoadOptions load, EvaluatedAnswers answers)
    {
        AnnotationSource source = AnnotationForms.OpenSplit(path, options.Split, options.ImageFolder, options.MaskClasses, options.Masks, load);
        string[] data = [.. source.Classes.Select(found => found.Name)];
        answers.CheckCommon(data, "classes");
        return new EvaluatedScenes(source, [.. data, .. answers.Known.Except(data)]);
    }

    /// <summary>Whether each class has things that can be counted; of theirs the annotations say so.</summary>
    /// <param name="things">Those of the others that have; null for all.</param>
    public bool[] IsThing(IReadOnlyCollection<string>? things) =>
        [.. Names.Select((name, i) => i < Source.Classes.Count ? Source.Classes[i].IsThing : things?.Contains(name) != false)];
}
