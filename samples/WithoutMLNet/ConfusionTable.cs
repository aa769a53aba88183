namespace WithoutMLNet;

/// <summary>Counts how often each class was taken for each.</summary>
internal sealed class ConfusionTable(IReadOnlyList<string> labels)
{
    private readonly int[,] _counts = new int[labels.Count, labels.Count];

    public void Add(int truth, int prediction) => _counts[truth, prediction]++;

    /// <summary>Prints a row for each true class, a column for each predicted one, and the accuracy.</summary>
    public void Print()
    {
        Console.WriteLine($"true \\ read {string.Concat(labels.Select(label => $"{label,5}"))}");
        for (int truth = 0; truth < labels.Count; truth++)
        {
            Console.WriteLine($"{labels[truth],11} {string.Concat(Enumerable.Range(0, labels.Count).Select(read => _counts[truth, read] is 0 ? "    ." : $"{_counts[truth, read],5}"))}");
        }

        int right = Enumerable.Range(0, labels.Count).Sum(i => _counts[i, i]);
        int all = _counts.Cast<int>().Sum();
        Console.WriteLine($"Test accuracy {right / (double)all:p2} ({right} of {all})");
    }
}
