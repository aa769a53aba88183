using System.Globalization;
using System.Runtime.InteropServices;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Reports.Svg;

namespace MLNetVision.Imaging.Evaluations;

/// <summary>The rows of a set of data, and how often each class is in them.</summary>
/// <param name="Name">What the set is called.</param>
/// <param name="RowCount">The pictures.</param>
/// <param name="Counts">Of each class, the pictures of a classification or the segments of a segmentation.</param>
public sealed record SetCounts(string Name, long RowCount, IReadOnlyList<long> Counts);

/// <summary>How often each class is in sets of data.</summary>
public sealed class LabelCounts
{
    internal LabelCounts(IReadOnlyList<string> classNames, IReadOnlyList<SetCounts> sets) => (ClassNames, Sets) = (classNames, sets);

    /// <summary>The classes.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The sets.</summary>
    public IReadOnlyList<SetCounts> Sets { get; }

    /// <summary>The table, comma-separated: a row for each class, a column for each set.</summary>
    public string ToCsv() => CsvText.Write(
        ["class", .. Sets.Select(set => set.Name)], ClassNames.Select((name, i) => (IReadOnlyList<object?>)[name, .. Sets.Select(set => (object?)set.Counts[i])]));

    /// <summary>The counts as bars, for light and dark screens: the text of an SVG file.</summary>
    public string ToSvg() => SvgBars.Draw("Classes", ClassNames, [.. Sets.Select(set => (set.Name, set.Counts))]);

    /// <summary>The table: a row for each class, a column for each set, and the pictures of each.</summary>
    public override string ToString() => MetricsText.Table(
        ["class", .. Sets.Select(set => set.Name)],
        [
            .. ClassNames.Select((name, i) => (string[])[name, .. Sets.Select(set => Text(set.Counts[i]))]),
            ["pictures", .. Sets.Select(set => Text(set.RowCount))],
        ]);

    private static string Text(long count) => count.ToString(CultureInfo.InvariantCulture);

    /// <summary>Counts classes by name, in the order in which they are declared or come.</summary>
    internal sealed class Counter
    {
        private readonly List<string> _names = [];
        private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
        private readonly List<(string Name, List<long> Counts, long[] Rows)> _sets = [];

        /// <summary>The place of a class, which is made if need be.</summary>
        public int PlaceOf(string name)
        {
            ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, name, out bool exists);
            if (!exists)
            {
                place = _names.Count;
                _names.Add(name);
            }

            return place;
        }

        public void BeginSet(string name) => _sets.Add((name, [], new long[1]));

        public void AddRow() => _sets[^1].Rows[0]++;

        public void Add(int place)
        {
            List<long> counts = _sets[^1].Counts;
            while (counts.Count <= place)
            {
                counts.Add(0);
            }

            counts[place]++;
        }

        /// <param name="sorted">Whether classes are ordered by name, and not as they came.</param>
        public LabelCounts ToCounts(bool sorted)
        {
            int[] order = [.. sorted ? Enumerable.Range(0, _names.Count).OrderBy(i => _names[i], StringComparer.Ordinal) : Enumerable.Range(0, _names.Count)];
            return new LabelCounts([.. order.Select(i => _names[i])], [.. _sets.Select(set => new SetCounts(set.Name, set.Rows[0], [.. order.Select(i => i < set.Counts.Count ? set.Counts[i] : 0)]))]);
        }
    }
}
