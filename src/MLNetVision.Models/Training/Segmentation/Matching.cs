namespace MLNetVision.Models.Training.Segmentation;

/// <summary>Which query answers for which target, for one image and layer.</summary>
/// <param name="Queries">The matched queries, ascending.</param>
/// <param name="Targets">The target of each of them; as many as there are queries or targets, whichever are fewer.</param>
internal sealed record Matching(int[] Queries, int[] Targets)
{
    public int Count => Queries.Length;
}
