using System.Text;
using MLNetVision.Imaging.Folders;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.Cli.Predict;

/// <summary>What the command line names as pictures.</summary>
internal static class PictureSources
{
    /// <summary>The requests, in order. What lies on the disk is looked for now; lists and standard input are read as they are asked for.</summary>
    /// <exception cref="FileNotFoundException">A file, folder or list is missing.</exception>
    /// <exception cref="InvalidDataException">A folder has no pictures.</exception>
    public static IEnumerable<PictureRequest> Open(IReadOnlyList<string> sources)
    {
        IEnumerable<PictureRequest>[] parts = [.. sources.Select(Open)];
        return parts.SelectMany(part => part);
    }

    private static IEnumerable<PictureRequest> Open(string source)
    {
        if (source == "-")
        {
            return Lines(new StreamReader(Console.OpenStandardInput(), Encoding.UTF8), null);
        }

        if (source.StartsWith('@') && source.Length > 1)
        {
            string list = source[1..];
            return File.Exists(list)
                ? Lines(new StreamReader(list, Encoding.UTF8), Path.GetDirectoryName(Path.GetFullPath(list)))
                : throw new FileNotFoundException($"There is no list of pictures '{Path.GetFullPath(list)}'.", list);
        }

        return PictureFiles.Find(source).Select(file => new PictureRequest { Image = file });
    }

    private static IEnumerable<PictureRequest> Lines(StreamReader reader, string? folder)
    {
        using (reader)
        {
            while (reader.ReadLine() is { } line)
            {
                yield return PictureRequest.Parse(line, folder);
            }
        }
    }
}
