using Microsoft.ML;

namespace QuickStart;

/// <summary>Loads a model file and predicts single pictures, as an application does.</summary>
internal static class DigitPrediction
{
    public static void Run(string modelFile, IEnumerable<string> pictures)
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.WithoutLabel(ml.Model.Load(modelFile, out DataViewSchema schema), schema);
        using PredictionEngine<Input, Output> engine = ml.Model.CreatePredictionEngine<Input, Output>(model);
        Console.WriteLine($"Process {Environment.ProcessId} loaded {Path.GetFileName(modelFile)}:");
        foreach (string picture in pictures)
        {
            Output output = engine.Predict(new Input { Image = picture });
            string folder = Path.GetFileName(Path.GetDirectoryName(picture)!);
            Console.WriteLine($"  {Path.GetFileName(picture)}, a {folder}, is read as {output.PredictedDigit} ({output.Score.Max():p1})");
        }
    }

    private sealed class Input
    {
        public string Image { get; set; } = string.Empty;
    }

    private sealed class Output
    {
        public string PredictedDigit { get; set; } = string.Empty;

        public float[] Score { get; set; } = [];
    }
}
