using System.Text.RegularExpressions;

namespace MLNetVision.Tests.Architecture;

/// <summary>Documentation that is taken over from another member names each parameter once; the reference is built without warnings.</summary>
[TestClass]
public sealed partial class CommentTests
{
    [TestMethod]
    public void Documentation_TakenOverWithParameters_AddsNoneOfItsOwn()
    {
        string[] offenders = [.. from file in SourceTree.Files
                                 from Match comment in Comment().Matches(SourceTree.Text(file))
                                 where TakesParametersOver().IsMatch(comment.Value) && comment.Value.Contains("<param ", StringComparison.Ordinal)
                                 select $"{file}: give its inheritdoc a path without /param, such as \"/summary | /exception\":\n{comment.Value}"];
        Assert.IsEmpty(offenders, string.Join('\n', offenders));
    }

    // The lines of one comment; one of a member's.
    [GeneratedRegex(@"(^[ \t]*///.*\n)+", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex("<inheritdoc cref=\"[^\"]*\"(/>| +/>| path=\"[^\"]*/param(?!\\[))")]
    private static partial Regex TakesParametersOver();
}
