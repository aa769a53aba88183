namespace MLNetVision.Models.Common.Checkpoints;

/// <summary>A module that keeps something computed from its weights and must be told when they are overwritten.</summary>
internal interface IWeightsObserver
{
    /// <summary>Called after weights were loaded in place, anywhere in the model.</summary>
    void OnWeightsLoaded();
}
