using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.AspNetCore;

/// <summary>A network and the requests that it answers. When another takes its place it is freed after the last of them.</summary>
/// <param name="predictor">The network.</param>
/// <param name="segmentation">How segments are made where a request does not say; null for a network that classifies.</param>
/// <param name="version">Its place among the networks that were served, from 1.</param>
/// <param name="isOwned">Whether it is freed at all; else it is its maker's.</param>
internal sealed class ServedModel(PicturePredictor predictor, SegmentationOptions? segmentation, int version, bool isOwned)
{
    private readonly Lock _sync = new();
    private int _requests;
    private bool _isRetired;

    public PicturePredictor Predictor => predictor;

    public SegmentationOptions? Segmentation => segmentation;

    public int Version => version;

    /// <summary>Begins a request, which <see cref="End"/> ends.</summary>
    /// <returns>Whether it may; not so where another network has taken its place.</returns>
    public bool TryBegin()
    {
        lock (_sync)
        {
            _requests += _isRetired ? 0 : 1;
            return !_isRetired;
        }
    }

    /// <summary>Ends a request.</summary>
    public void End() => Change(requests: -1, retires: false);

    /// <summary>Takes no more requests.</summary>
    public void Retire() => Change(requests: 0, retires: true);

    private void Change(int requests, bool retires)
    {
        lock (_sync)
        {
            _requests += requests;
            _isRetired |= retires;
            if (!_isRetired || _requests > 0 || !isOwned)
            {
                return;
            }
        }

        predictor.Dispose();
    }
}
