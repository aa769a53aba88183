using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Levit;
using MLNetVision.Models.Pipelines;

namespace ScoreFolder;

/// <summary>The most probable class of each picture by a LeViT.</summary>
internal static class Classify
{
    public static async Task<IReadOnlyList<string>> WithoutMLNetAsync(string checkpoint, string[] files, CancellationToken stop)
    {
        using LevitClassifier classifier = await LevitClassifier.FromPretrainedAsync(checkpoint, new PipelineOptions { Log = Console.Error.WriteLine }, cancellation: stop);
        IReadOnlyList<Classification> answers = await classifier.ClassifyAsync([.. files.Select(ImageSource.FromFile)], stop);
        return [.. answers.Select(answer => Describe(answer.Best.Name, answer.Best.Probability))];
    }

    public static IReadOnlyList<string> WithMLNet(string checkpoint, string[] files)
    {
        var ml = new MLContext();
        IDataView pictures = ml.Data.LoadFromEnumerable(files.Select(file => new Picture { Image = file }));
        using LevitTransformer classifier = ml.Transforms.ApplyLevit(checkpoint).Fit(pictures);
        IDataView scored = classifier.Transform(pictures);
        IDataView named = ml.Transforms.Conversion.MapKeyToValue("PredictedClass", "PredictedLabel").Fit(scored).Transform(scored);
        return [.. named.GetColumn<string>("PredictedClass").Zip(named.GetColumn<float[]>("Score"), (name, scores) => Describe(name, scores.Max()))];
    }

    private static string Describe(string name, float probability) => $"{name} {probability:p1}";
}
