namespace MLNetVision.Models.Training.State;

/// <summary>
/// Saves the state of a training although a disk may be full or a share away for a while: a save that fails is tried again, then given up
/// with a warning until the next one is due. Only what cannot be kept at the end is an error.
/// </summary>
/// <param name="state">What is saved.</param>
/// <param name="folder">Where, for messages.</param>
internal sealed class StateKeeper(TrainingState state, string folder)
{
    /// <summary>The pauses between the attempts of a save in the middle of a training, which waits meanwhile.</summary>
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200)];

    /// <summary>Those of the last save, after which nothing is lost by waiting.</summary>
    private static readonly TimeSpan[] LastPauses = [.. Pauses, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1)];

    private int _savedBest;
    private Exception? _failure;
    private string? _warning;

    /// <summary>Restores the state if there is one.</summary>
    public TrainingPosition? Restore()
    {
        TrainingPosition? restored = state.Restore();
        _savedBest = restored?.Best ?? 0;
        return restored;
    }

    /// <summary>Saves, with the best weights if they are new; where that fails there is a warning.</summary>
    public void Save(TrainingPosition position)
    {
        _failure = Try(position, Pauses);
        if (_failure is not null)
        {
            _warning = $"The state of the training could not be saved in '{folder}' after step {position.Step}, {Pauses.Length + 1} times: {_failure.Message} " +
                "The training goes on and tries again when the next save is due.";
        }
    }

    /// <summary>Saves what is not saved yet when the training has ended.</summary>
    /// <param name="position">Where it stands.</param>
    /// <param name="isSaved">Whether the last save, unless it failed, holds this position.</param>
    /// <returns>The error if it could not be kept; null if it was.</returns>
    public IOException? SaveLast(TrainingPosition position, bool isSaved)
    {
        if (isSaved && _failure is null)
        {
            return null;
        }

        return Try(position, LastPauses) is { } failure
            ? new IOException(
                $"The training ended after step {position.Step}, but its state could not be kept in '{folder}', where it was tried {LastPauses.Length + 1} times: {failure.Message} " +
                "Make the folder writable or make room, then run the training again: it goes on from the last state that was saved.", failure)
            : null;
    }

    /// <summary>The warning that nobody has taken yet, once.</summary>
    public string? TakeWarning() => Interlocked.Exchange(ref _warning, null);

    private Exception? Try(TrainingPosition position, TimeSpan[] pauses)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                // The state names the best weights, so they come first.
                if (position.Best != _savedBest)
                {
                    state.SaveBest(position.Best);
                    _savedBest = position.Best;
                }

                state.Save(position);
                return null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (attempt == pauses.Length)
                {
                    return e;
                }

                Thread.Sleep(pauses[attempt]);
            }
        }
    }
}
