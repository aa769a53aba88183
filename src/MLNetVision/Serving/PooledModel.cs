using Microsoft.ML;

namespace MLNetVision.Serving;

/// <summary>A model and the engines over it that are not in use. When it is replaced it is disposed of after the last engine has come back.</summary>
internal sealed class PooledModel<TInput, TOutput>(MLContext context, ITransformer model, bool ownsModel)
    where TInput : class
    where TOutput : class, new()
{
    private readonly Stack<PredictionEngine<TInput, TOutput>> _idle = [];
    private int _lent;
    private bool _isRetired;

    /// <summary>Lends an engine, a new one where none is idle.</summary>
    /// <returns>Null where the model was retired.</returns>
    public PredictionEngine<TInput, TOutput>? Lend()
    {
        lock (_idle)
        {
            if (_isRetired)
            {
                return null;
            }

            _lent++;
            if (_idle.TryPop(out PredictionEngine<TInput, TOutput>? engine))
            {
                return engine;
            }
        }

        try
        {
            return context.Model.CreatePredictionEngine<TInput, TOutput>(model, new PredictionEngineOptions { OwnsTransformer = false });
        }
        catch
        {
            TakeBack(null);
            throw;
        }
    }

    /// <summary>Takes an engine back; null for one that is not fit for use any more.</summary>
    public void TakeBack(PredictionEngine<TInput, TOutput>? engine)
    {
        bool isLast;
        lock (_idle)
        {
            _lent--;
            isLast = _isRetired && _lent == 0;
            if (!_isRetired && engine is not null)
            {
                _idle.Push(engine);
                return;
            }
        }

        engine?.Dispose();
        if (isLast)
        {
            DisposeModel();
        }
    }

    /// <summary>Lends no more engines, and frees the model as soon as all are back.</summary>
    public void Retire()
    {
        lock (_idle)
        {
            if (_isRetired)
            {
                return;
            }

            _isRetired = true;
            while (_idle.TryPop(out PredictionEngine<TInput, TOutput>? engine))
            {
                engine.Dispose();
            }

            if (_lent > 0)
            {
                return;
            }
        }

        DisposeModel();
    }

    private void DisposeModel()
    {
        if (ownsModel)
        {
            (model as IDisposable)?.Dispose();
        }
    }
}
