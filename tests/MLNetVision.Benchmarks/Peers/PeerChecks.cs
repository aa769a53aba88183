namespace MLNetVision.Benchmarks.Peers;

/// <summary>Leaves out of a comparison the peers that compute something else: there is no sense in timing wrong answers.</summary>
internal static class PeerChecks
{
    /// <summary>The peers whose outputs are the recorded ones; a line names each other one.</summary>
    /// <param name="files">The peers.</param>
    /// <param name="open">Loads a peer with its recorded input.</param>
    public static PeerFile[] Right(IEnumerable<PeerFile> files, Func<PeerFile, IPeerEngine> open) => [.. files.Where(file => IsRight(file, open))];

    private static bool IsRight(PeerFile file, Func<PeerFile, IPeerEngine> open)
    {
        using IPeerEngine engine = open(file);
        IReadOnlyList<float[]> outputs = engine.Outputs();
        for (int output = 0; output < file.OutputCount; output++)
        {
            if (file.Difference(output, outputs[output]) is { } difference)
            {
                Console.WriteLine($"{file.Name} is left out: {difference}.");
                return false;
            }
        }

        return true;
    }
}
