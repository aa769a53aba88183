using Microsoft.ML.Runtime;

namespace MLNetVision.Images;

/// <summary>Counts the pictures that could not be read, and names the first few in one warning.</summary>
internal sealed class UnreadableImages
{
    private const int NamedAtMost = 5;

    private readonly List<string> _named = [];

    public long Count { get; private set; }

    /// <summary>Records one; safe to call from several threads.</summary>
    /// <param name="reason">Why it cannot be read, with its name where it has one.</param>
    public void Add(string reason)
    {
        lock (_named)
        {
            Count++;
            if (_named.Count < NamedAtMost)
            {
                _named.Add(reason);
            }
        }
    }

    /// <summary>Adds what another has recorded; that one must not be in use.</summary>
    public void Take(UnreadableImages other)
    {
        lock (_named)
        {
            Count += other.Count;
            _named.AddRange(other._named.Take(NamedAtMost - _named.Count));
        }
    }

    /// <summary>Writes the warning if there is something to warn about, and starts counting anew.</summary>
    /// <param name="host">Where the warning goes.</param>
    /// <param name="consequence">What became of the rows: "scored as missing", "skipped".</param>
    public void Report(IHost host, string consequence)
    {
        lock (_named)
        {
            if (Count == 0)
            {
                return;
            }

            using IChannel channel = host.Start("Images");
            string more = Count > _named.Count ? $"; and {Count - _named.Count} more" : string.Empty;
            channel.Warning(MessageSensitivity.UserData, "{0} picture(s) could not be read and were {1}: {2}{3}", Count, consequence, string.Join("; ", _named), more);
            Count = 0;
            _named.Clear();
        }
    }
}
