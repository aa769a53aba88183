using System.Globalization;
using MLNetVision.Imaging.Metrics;

namespace MLNetVision.Imaging.Reports.Svg;

/// <summary>Draws a confusion matrix as coloured cells: true classes down, predicted ones across, the last column those without a class.</summary>
internal static class SvgMatrix
{
    private const double LetterWidth = 6.6;
    private const int SmallestNamed = 11;
    private const int SmallestCounted = 26;

    public static string Draw(ConfusionCounts matrix, bool normalized)
    {
        int classes = matrix.ClassNames.Count;
        bool hasNone = matrix.Unassigned.Any(count => count > 0);
        int columns = classes + (hasNone ? 1 : 0);
        double cell = Math.Clamp(640.0 / columns, 3, 52);
        bool named = cell >= SmallestNamed;
        double names = named ? 24 + LetterWidth * Enumerable.Range(0, columns).Max(i => Short(Name(matrix, i)).Length) : 20;
        (double left, double top) = (Math.Max(40, names), Math.Max(20, names) + 36);
        string title = normalized ? "Confusion matrix, shares of each true class" : "Confusion matrix, counts";
        var canvas = new SvgCanvas(title, Math.Max(340, left + cell * columns + 20), top + cell * classes + 20);
        canvas.Text(title, 12, 22, 14, bold: true);
        canvas.Text("true class down, predicted class across", 12, 40, 12, tone: SvgCanvas.Faint);
        for (int t = 0; t < classes; t++)
        {
            long total = matrix.TruthCount(t);
            for (int p = 0; p < columns; p++)
            {
                long count = p == classes ? matrix.Unassigned[t] : matrix.Counts[t][p];
                double share = total == 0 ? 0 : count / (double)total;
                (double x, double y) = (left + p * cell, top + t * cell);
                string text = normalized ? share.ToString("0.00", CultureInfo.InvariantCulture) : count.ToString(CultureInfo.InvariantCulture);
                string hint = string.Create(CultureInfo.InvariantCulture, $"{matrix.ClassNames[t]} as {Name(matrix, p)}: {count} of {total}");

                // Large matrices are mostly zeros: only what is there gets a cell.
                if (count > 0 || named)
                {
                    canvas.Rectangle(x, y, cell - (cell >= 6 ? 1 : 0), cell - (cell >= 6 ? 1 : 0), Heat(share), hint: hint);
                }

                if (cell >= SmallestCounted && count > 0)
                {
                    canvas.Text(text, x + (cell - 1) / 2, y + cell / 2 + 4, Math.Min(12, cell * 1.5 / Math.Max(3, text.Length)), SvgAnchor.Middle, fill: share > 0.4 ? "#ffffff" : "#24272b");
                }
            }
        }

        for (int i = 0; named && i < columns; i++)
        {
            double size = Math.Min(12, cell);
            canvas.TextUpwards(Short(Name(matrix, i)), left + (i + 0.5) * cell + size * 0.35, top - 6, size, SvgAnchor.Start);
            if (i < classes)
            {
                canvas.Text(Short(matrix.ClassNames[i]), left - 8, top + (i + 0.5) * cell + size * 0.35, size, SvgAnchor.End);
            }
        }

        return canvas.ToFile();
    }

    /// <summary>A name cut to a length that fits beside a drawing.</summary>
    public static string Short(string name, int length = 22) => name.Length <= length ? name : string.Concat(name.AsSpan(0, length - 1), "…");

    private static string Name(ConfusionCounts matrix, int column) => column < matrix.ClassNames.Count ? matrix.ClassNames[column] : "(none)";

    // From nearly white over blue to nearly black; the numbers on it choose their colour by it, so it is the same on dark screens.
    private static string Heat(double share)
    {
        double root = Math.Sqrt(share);
        (int r, int g, int b) = ((int)(238 - 215 * root), (int)(242 - 185 * root), (int)(247 - 110 * root));
        return $"#{r:x2}{g:x2}{b:x2}";
    }
}
