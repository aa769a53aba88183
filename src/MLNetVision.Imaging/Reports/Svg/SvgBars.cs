using System.Globalization;

namespace MLNetVision.Imaging.Reports.Svg;

/// <summary>Draws counts of classes as bars, one below the other for each set of data.</summary>
internal static class SvgBars
{
    private const int MostClasses = 100;
    private const double Length = 440;
    private const double Bar = 13;
    private const double Gap = 8;
    private const double LetterWidth = 6.6;

    /// <param name="title">What stands above.</param>
    /// <param name="classNames">The classes.</param>
    /// <param name="sets">The sets, with the count of each class.</param>
    public static string Draw(string title, IReadOnlyList<string> classNames, IReadOnlyList<(string Name, IReadOnlyList<long> Counts)> sets)
    {
        int[] shown = [.. Enumerable.Range(0, classNames.Count).OrderByDescending(i => sets.Sum(set => set.Counts[i])).Take(MostClasses).Order()];
        long most = Math.Max(1, shown.Select(i => sets.Max(set => set.Counts[i])).DefaultIfEmpty().Max());
        double names = 24 + LetterWidth * shown.Select(i => SvgMatrix.Short(classNames[i]).Length).DefaultIfEmpty().Max();
        double step = Bar * sets.Count + Gap;
        const double Top = 66;
        var canvas = new SvgCanvas(title, Math.Max(names + Length + 80, 420), Top + step * Math.Max(1, shown.Length) + 14);
        canvas.Text(title, 12, 22, 14, bold: true);
        Legend(canvas, classNames.Count, shown.Length, sets);
        for (int row = 0; row < shown.Length; row++)
        {
            int c = shown[row];
            double top = Top + step * row;
            canvas.Text(SvgMatrix.Short(classNames[c]), names - 8, top + Bar * sets.Count / 2 + 4, 12, SvgAnchor.End);
            for (int s = 0; s < sets.Count; s++)
            {
                long count = sets[s].Counts[c];
                double y = top + Bar * s, width = Length * count / most;
                canvas.Rectangle(names, y, width, Bar - 1, SvgCanvas.LineColour(s), hint: string.Create(CultureInfo.InvariantCulture, $"{classNames[c]}, {sets[s].Name}: {count}"));
                canvas.Text(count.ToString(CultureInfo.InvariantCulture), names + width + 6, y + Bar - 3, 10, tone: SvgCanvas.Faint);
            }
        }

        return canvas.ToFile();
    }

    private static void Legend(SvgCanvas canvas, int classes, int shown, IReadOnlyList<(string Name, IReadOnlyList<long> Counts)> sets)
    {
        double x = 12;
        for (int s = 0; s < sets.Count; s++)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"{SvgMatrix.Short(sets[s].Name)}: {sets[s].Counts.Sum()}");
            canvas.Rectangle(x, 33, 10, 10, SvgCanvas.LineColour(s));
            canvas.Text(text, x + 15, 42);
            x += 36 + LetterWidth * text.Length;
        }

        if (shown < classes)
        {
            canvas.Text(string.Create(CultureInfo.InvariantCulture, $"the {shown} most frequent of {classes} classes"), x, 42, tone: SvgCanvas.Faint);
        }
    }
}
