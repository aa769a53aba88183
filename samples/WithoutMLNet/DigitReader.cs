using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Levit.Scoring;
using TorchSharp;

namespace WithoutMLNet;

/// <summary>A saved LeViT, ready for scoring.</summary>
internal sealed class DigitReader : IDisposable
{
    private readonly LevitImageProcessor _processor;
    private readonly LevitInference _network;

    private DigitReader(LevitImageProcessor processor, LevitInference network)
    {
        _processor = processor;
        _network = network;
    }

    /// <summary>Reads a folder in Hugging Face's form.</summary>
    public static DigitReader Open(string folder)
    {
        using LevitForImageClassification model = LevitForImageClassification.FromPretrained(folder);
        return new DigitReader(LevitImageProcessor.FromPretrained(folder), LevitInference.From(model));
    }

    /// <summary>For each picture all classes with their probabilities, the most probable first.</summary>
    public IEnumerable<(int Class, float Probability)[]> Read(IReadOnlyList<ImageSource> images)
    {
        using var scope = torch.NewDisposeScope();
        using LevitScores scores = _network.Score(_processor.Process(images));
        float[] probabilities = scores.Logits.softmax(1).data<float>().ToArray();
        return probabilities.Chunk(_network.Config.NumLabels)
            .Select(row => row.Select((probability, i) => (i, probability)).OrderByDescending(item => item.probability).ToArray());
    }

    public void Dispose() => _network.Dispose();
}
