using Microsoft.ML.Runtime;

namespace MLNetVision.Segmentation.Evaluation;

/// <summary>Rows that something is wrong with: all are counted, and one warning names the first of them.</summary>
internal sealed class NamedRows
{
    /// <summary>What becomes of rows without a usable prediction.</summary>
    public const string CountAsMissed = "have no usable prediction and count as missed";

    private const int NamedAtMost = 20;

    private readonly List<string> _named = [];

    public long Count { get; private set; }

    public void Add(string reason)
    {
        Count++;
        if (_named.Count < NamedAtMost)
        {
            _named.Add(reason);
        }
    }

    /// <summary>The first reasons.</summary>
    public string First(int count) => string.Join("; ", _named.Take(count)) + (Count > count ? "; …" : string.Empty);

    /// <inheritdoc/>
    public override string ToString() => string.Join("; ", _named) + (Count > _named.Count ? "; …" : string.Empty);

    /// <summary>Writes the warning if there is something to warn about.</summary>
    /// <param name="environment">Where it goes.</param>
    /// <param name="consequence">What became of the rows.</param>
    public void Report(IHostEnvironment environment, string consequence)
    {
        if (Count > 0)
        {
            using IChannel channel = environment.Register("Segmentation").Start("Rows");
            channel.Warning(MessageSensitivity.UserData, "{0} row(s) {1}: {2}", Count, consequence, ToString());
        }
    }
}
