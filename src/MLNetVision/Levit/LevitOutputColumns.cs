namespace MLNetVision.Levit;

/// <summary>Which columns a LeViT transformer adds, and under which names; null leaves one out.</summary>
public sealed record LevitOutputColumns
{
    /// <summary>The probabilities of the classes, a vector of Single whose slots carry the classes' names; by default "Score".</summary>
    public string? Score { get; init; } = "Score";

    /// <summary>The key of the most probable class; by default "PredictedLabel".</summary>
    public string? PredictedLabel { get; init; } = "PredictedLabel";

    /// <summary>The keys of the most probable classes, the most probable first; by default null.</summary>
    public string? TopLabels { get; init; }

    /// <summary>The probabilities of the most probable classes, the highest first; by default null.</summary>
    public string? TopScores { get; init; }

    /// <summary>How many classes <see cref="TopLabels"/> and <see cref="TopScores"/> hold, at least 1 and at most all; by default 5.</summary>
    public int TopCount { get; init; } = 5;

    /// <summary>
    /// An embedding of the picture: the mean of the last stage's tokens, a vector of Single as long as the last hidden size;
    /// by default null.
    /// </summary>
    public string? Features { get; init; }

    internal IEnumerable<string> Names => new[] { Score, PredictedLabel, TopLabels, TopScores, Features }.OfType<string>();

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(TopCount, 1);
        string[] names = [.. Names];
        if (names.Length == 0)
        {
            throw new ArgumentException("At least one output column must have a name.");
        }

        if (names.Any(string.IsNullOrWhiteSpace) || names.Distinct(StringComparer.Ordinal).Count() < names.Length)
        {
            throw new ArgumentException($"The output columns must have different names that are not empty, but they are '{string.Join("', '", names)}'.");
        }
    }
}
