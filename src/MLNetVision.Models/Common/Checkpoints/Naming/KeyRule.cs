using System.Text.RegularExpressions;

namespace MLNetVision.Models.Common.Checkpoints.Naming;

/// <summary>One line of a table of names.</summary>
/// <param name="Stored">
/// The other project's name, as a regular expression of the whole key; a dot stands for a dot, <c>#</c> for a number
/// and <c>*</c> for the rest of the key, both of which are groups.
/// </param>
/// <param name="Name">The model's name; <c>$1</c>, <c>$2</c>, … are the groups in order.</param>
/// <param name="Change">What happens to the tensor; null for nothing.</param>
internal sealed record KeyRule(string Stored, string Name, TensorChange? Change = null)
{
    // Made when a checkpoint of the other project is read: the automata of all rules would take most of a small model's start, and 100 MB.
    private Regex Pattern => field ??= new(
        $"^{Stored.Replace(".", "\\.", StringComparison.Ordinal).Replace("#", "([0-9]+)", StringComparison.Ordinal).Replace("*", "(.+)", StringComparison.Ordinal)}$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>How the stored names begin, up to the first number.</summary>
    public string Root => Stored.Split('#', '*')[0];

    /// <summary>The model's name of a stored key; null when the rule is not about it.</summary>
    public string? Apply(string key)
    {
        Match match = Pattern.Match(key);
        return match.Success ? match.Result(Name) : null;
    }
}
