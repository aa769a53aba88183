using System.Text.RegularExpressions;

namespace MLNetVision.Models.Common.Hub;

/// <summary>
/// The name of a model on a hub, <c>organisation/name</c>. Hubs have a few models of one word, of other kinds than those here: a single word is
/// a mistyped folder.
/// </summary>
internal sealed partial record ModelId
{
    private const int MaximumLength = 96;

    private ModelId(string text) => Text = text;

    public string Text { get; }

    /// <summary>The folder of the model in the cache.</summary>
    public string CacheName => "models--" + Text.Replace("/", "--", StringComparison.Ordinal);

    /// <exception cref="ArgumentException">It is no model id.</exception>
    public static ModelId Parse(string text) =>
        IsPossible(text)
            ? new ModelId(text)
            : throw new ArgumentException($"'{text}' is no model id such as 'facebook/levit-256'.", nameof(text));

    /// <summary>Whether a hub could have a model of this name.</summary>
    public static bool IsPossible(string text) =>
        text.Length <= MaximumLength && Pattern().IsMatch(text) && !text.Contains("--", StringComparison.Ordinal) && !text.Contains("..", StringComparison.Ordinal);

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]*(?<![.-])$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
