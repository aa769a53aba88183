using MLNetVision.Images;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Pipelines;
using MLNetVision.Scoring;

namespace MLNetVision.Levit;

/// <summary>Runs LeViT over batches of pictures.</summary>
internal sealed class LevitScorer : IImageScorer<LevitResult>
{
    private readonly LevitModelParameters _model;
    private readonly string? _featureColumn;
    private readonly LevitScoringEngine _engine;

    /// <param name="model">Taken over and disposed of.</param>
    /// <param name="columns">What the outputs are called that may be asked for.</param>
    /// <param name="engine">What computes.</param>
    /// <param name="owner">What the user calls disposed of.</param>
    public LevitScorer(LevitModelParameters model, LevitOutputColumns columns, EngineChoice engine, ModelOwner owner)
    {
        _model = model;
        _featureColumn = columns.Features;
        _engine = LevitScoringEngine.Of(model.Module, model.Config, model.Preprocessing, engine, owner);
    }

    public IPreparedBatch<LevitResult> Prepare(ReadOnlySpan<ImageSource?> sources, UnreadableImages unreadable) =>
        new Prepared(this, _engine.Prepare(sources, (_, why) => unreadable.Add(why)));

    public void ThrowIfDisposed() => _engine.ThrowIfDisposed();

    public void Dispose()
    {
        if (_engine.Close())
        {
            _model.Dispose();
        }
    }

    private sealed class Prepared(LevitScorer scorer, LevitInputs inputs) : IPreparedBatch<LevitResult>
    {
        // All columns but the features are made of the probabilities.
        public LevitResult?[] Score(IReadOnlySet<string> wanted)
        {
            bool wantsFeatures = scorer._featureColumn is { } features && wanted.Contains(features);
            return scorer._engine.Score(inputs, wanted.Count > (wantsFeatures ? 1 : 0), wantsFeatures);
        }

        public void Dispose()
        {
        }
    }
}
