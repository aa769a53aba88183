namespace MLNetVision.Models.Pipelines.Evaluations;

/// <summary>What gives an evaluation's answers, in the words of messages about its classes.</summary>
/// <param name="Knows">As in "The network knows none of them."</param>
/// <param name="KnowsTheOthers">As in "It knows 3."</param>
/// <param name="DoesNotKnow">As in "classes that the network does not know".</param>
internal sealed record AnswererWords(string Knows, string KnowsTheOthers, string DoesNotKnow)
{
    public static AnswererWords Network { get; } = new("The network knows", "It knows", "the network does not know");

    public static AnswererWords Predictions { get; } = new("The predictions name", "They name", "the predictions never name");
}
