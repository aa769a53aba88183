using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using TorchSharp;

namespace MLNetVision.Images;

/// <summary>Turns pictures into a model's input, and tells those apart that cannot be read.</summary>
internal static class ImageBatch
{
    internal const string NoPicture = "(a row without a picture)";

    /// <summary>Prepares a batch.</summary>
    /// <param name="sources">The pictures; null where a row has none.</param>
    /// <param name="process">Decodes and prepares some pictures; throws if one of them cannot be read.</param>
    /// <param name="bad">Records the pictures that cannot be read.</param>
    /// <returns>The input of the readable pictures (null if there are none), and their places in the batch.</returns>
    public static (torch.Tensor? Input, int[] Places) Prepare(
        ReadOnlySpan<ImageSource?> sources, Func<IReadOnlyList<ImageSource>, torch.Tensor> process, BadImages bad)
    {
        var present = new List<ImageSource>(sources.Length);
        var places = new List<int>(sources.Length);
        for (int i = 0; i < sources.Length; i++)
        {
            if (sources[i] is { } source)
            {
                present.Add(source);
                places.Add(i);
            }
            else
            {
                bad.Add(NoPicture);
            }
        }

        if (present.Count == 0)
        {
            return (null, []);
        }

        try
        {
            return (process(present), [.. places]);
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            if (present.Count == 1)
            {
                bad.Add(e.Message);
                return (null, []);
            }
        }

        return PrepareOneByOne(present, places, process, bad);
    }

    /// <summary>Whether an error says that a picture cannot be read, as opposed to a mistake of the program.</summary>
    public static bool IsUnreadable(Exception e) => e is InvalidDataException or IOException or UnauthorizedAccessException;

    private static (torch.Tensor? Input, int[] Places) PrepareOneByOne(
        List<ImageSource> present, List<int> places, Func<IReadOnlyList<ImageSource>, torch.Tensor> process, BadImages bad)
    {
        var inputs = new torch.Tensor?[present.Count];
        Parallel.For(0, present.Count, i =>
        {
            try
            {
                inputs[i] = process([present[i]]);
            }
            catch (Exception e) when (IsUnreadable(e))
            {
                bad.Add(e.Message);
            }
        });
        torch.Tensor[] readable = [.. inputs.OfType<torch.Tensor>()];
        try
        {
            return readable.Length == 0 ? (null, []) : (torch.cat(readable), [.. places.Where((_, i) => inputs[i] is not null)]);
        }
        finally
        {
            Array.ForEach(readable, input => input.Dispose());
        }
    }
}
