using Microsoft.ML;
using MLNetVision.Segmentation;

namespace QuickStart;

/// <summary>Loads a model file and segments single pictures, as an application does.</summary>
internal static class ScenePrediction
{
    public static void Run(string modelFile, IEnumerable<string> pictures)
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(modelFile, out DataViewSchema input);
        using PredictionEngine<Input, SegmentationPrediction> engine = ml.Model.CreatePredictionEngine<Input, SegmentationPrediction>(model);
        Console.WriteLine($"Process {Environment.ProcessId} loaded {Path.GetFileName(modelFile)}:");
        foreach (string picture in pictures)
        {
            SegmentationPrediction scene = engine.Predict(new Input { Image = picture });
            string[] segments = [.. scene.PredictedClass.Select((name, i) => $"{name} ({scene.Score[i]:p0})")];
            Console.WriteLine($"  {Path.GetFileName(picture)} shows {(segments.Length == 0 ? "nothing" : string.Join(", ", segments))}");
        }
    }

    private sealed class Input
    {
        public string Image { get; set; } = string.Empty;
    }
}
