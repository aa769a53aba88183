namespace MLNetVision.Fuzz;

/// <summary>A reader of files that strangers write.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="IsText">Whether its files are text, of which more are tried.</param>
/// <param name="Seeds">Makes good files of the kind, small ones.</param>
/// <param name="Read">Reads a file, and what it gives to its end. The folder is the reader's own, for readers of paths.</param>
/// <param name="Documented">The exceptions that its documentation names for broken files.</param>
internal sealed record FuzzReader(string Name, bool IsText, Func<IReadOnlyList<byte[]>> Seeds, Action<byte[], string> Read, IReadOnlyList<Type> Documented);
