using System.Globalization;
using System.Text;

namespace MLNetVision.Projects.Code;

/// <summary>Names and texts in the form that C# has them.</summary>
internal static class CSharpText
{
    // What the code names by one word: a class of that name would be meant instead, or would hold a member of its own name.
    private static readonly HashSet<string> Taken =
    [
        "System", "Microsoft", "MLNetVision", "ModelInput", "ModelOutput", "Predict", "PredictAllLabels", "PredictEngine", "GetSortedScoresWithLabels", "MLNetModelPath",
        "LoadImageFromFolder", "LoadFromAnnotations", "LoadData", "BuildPipeline", "RetrainModel", "RetrainFilePath", "RetrainImageFolder", "ProjectFolder", "Train", "SaveModel",
        "Evaluate", "LoadTestData", "SaveOverlay", "InProject", "SourceFolder", "GetLabels", "CreatePredictEngine",
        "MLContext", "IDataView", "ITransformer", "IEstimator", "IOrderedEnumerable", "IEnumerable", "KeyValuePair", "Lazy", "Path", "File", "Directory", "AppContext", "String", "Float",
        "ReadOnlyMemory", "VBuffer", "ColumnName", "LoadColumn", "VectorType", "NoColumn", "CallerFilePath", "ArgumentNullException", "Type", "Object", "DataOperationsCatalog", "SplitPictures", "LoadFromYolo", "LoadFromVocMasks",
        "LevitTrainer", "LevitTrainingOptions", "LevitConfig", "LevitImageProcessorConfig", "ImageAugmentation", "RgbColor", "ValueToKeyMappingEstimator", "ClassificationMetrics",
        "Mask2FormerTrainer", "Mask2FormerConfig", "Mask2FormerImageProcessorConfig", "PretrainedConfig", "SegmentationTrainingOptions", "SegmentationAugmentation", "SegmentationScoringOptions",
        "SegmentationTask", "SegmentationResult", "SegmentationPrediction", "SegmentationOverlay", "PanopticMetrics", "InstanceMetrics", "SemanticMetrics",
        "PredictionEnginePool", "ScaleReference", "LearningRateCourse", "BestEpochSelection", "LevitDistillation", "TrainingPrecision", "ScoringPrecision", "ExifOrientation", "PanopticRule", "MaskUpsampling",
        "TrainData", "ValidationData", "Label", "ImageSource", "FromFile", "PredictedLabel", "Score", "IsReadable", "ImageSize", "PredictedKey", "PredictedMasks", "PredictedBoundingBoxes", "ToResult",
        "IDisposable", "InvalidOperationException", "Program", "Console", "Environment", "WebApplication",
    ];

    /// <summary>The name of a class that is called as a file is: what C# does not allow becomes an underscore.</summary>
    public static string ClassName(string name)
    {
        string identifier = Identifier(name);
        return Taken.Contains(identifier) ? identifier + "Model" : identifier;
    }

    /// <summary>A namespace, part by part.</summary>
    public static string Namespace(string name) => string.Join('.', name.Split('.').Select(Identifier));

    /// <summary>A text as a literal.</summary>
    public static string Literal(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (char character in text)
        {
            literal.Append(character switch
            {
                '"' => "\\\"",
                '\\' => @"\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when IsPlain(character) => character.ToString(),
                _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
            });
        }

        return literal.Append('"').ToString();
    }

    /// <summary>A text for a comment of one line.</summary>
    public static string Line(string text) => string.Concat(text.Select(character => IsPlain(character) ? character : ' '));

    /// <summary>A text for the documentation of a member.</summary>
    public static string Comment(string text) =>
        Line(text).Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static string Identifier(string name)
    {
        string plain = string.Concat(name.Normalize().Select(character => IsPart(character) ? character : '_'));
        if (plain.All(character => character == '_'))
        {
            return "Model";
        }

        // Keywords, and what may become one, consist of small letters; the compiler warns of such types.
        return !IsStart(plain[0]) ? "_" + plain : plain.All(char.IsAsciiLetterLower) ? char.ToUpperInvariant(plain[0]) + plain[1..] : plain;
    }

    private static bool IsStart(char character) => character == '_' || char.IsLetter(character) || char.GetUnicodeCategory(character) == UnicodeCategory.LetterNumber;

    private static bool IsPart(char character) => IsStart(character) || char.GetUnicodeCategory(character) is
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation;

    // Not what turns the direction of a line, or ends it.
    private static bool IsPlain(char character) => char.GetUnicodeCategory(character) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate);
}
