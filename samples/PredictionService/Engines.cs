using Microsoft.Extensions.ObjectPool;
using Microsoft.ML;

namespace PredictionService;

/// <summary>A picture as it comes over the wire.</summary>
internal sealed class Picture
{
    public byte[] Image { get; set; } = [];

    /// <summary>Not known here; the pipeline's first step wants the column.</summary>
    public string Label { get; set; } = string.Empty;
}

/// <summary>What the model answers.</summary>
internal sealed class Answer
{
    public string PredictedDigit { get; set; } = string.Empty;

    public float[] Score { get; set; } = [];
}

/// <summary>Makes engines over one model; disposing an engine leaves the model alone.</summary>
internal sealed class EnginePolicy(MLContext ml, ITransformer model) : PooledObjectPolicy<PredictionEngine<Picture, Answer>>
{
    public override PredictionEngine<Picture, Answer> Create() =>
        ml.Model.CreatePredictionEngine<Picture, Answer>(model, new PredictionEngineOptions { OwnsTransformer = false });

    public override bool Return(PredictionEngine<Picture, Answer> obj) => true;
}
