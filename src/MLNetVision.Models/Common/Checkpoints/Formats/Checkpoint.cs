using System.Buffers.Binary;
using MLNetVision.Imaging.Files;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Checkpoints.Formats.Torch;
using MLNetVision.Models.Common.Checkpoints.Tensors;

namespace MLNetVision.Models.Common.Checkpoints.Formats;

/// <summary>Opens checkpoints in every form that is met in practice.</summary>
public static class Checkpoint
{
    /// <summary>The name of the weights in a folder, as transformers writes it.</summary>
    internal const string SafetensorsName = "model.safetensors";

    internal const string TorchName = "pytorch_model.bin";

    internal const string IndexSuffix = ".index.json";

    // What transformers looks for, in its order.
    internal static readonly string[] StandardNames = [SafetensorsName, SafetensorsName + IndexSuffix, TorchName, TorchName + IndexSuffix];

    private static readonly string[] OtherExtensions = [".pth", ".pkl", ".pt", ".ckpt", ".safetensors"];

    /// <summary>
    /// Opens a folder or a file. In a folder: <c>model.safetensors</c>, its sharded form with an index,
    /// <c>pytorch_model.bin</c>, its sharded form; otherwise the only <c>.pth</c>, <c>.pkl</c>, <c>.pt</c>, <c>.ckpt</c>
    /// or <c>.safetensors</c> file. A file's form is told by its content, an index by its name (<c>*.index.json</c>).
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file or folder, or the folder has no checkpoint.</exception>
    /// <exception cref="InvalidDataException">The file is broken, is of no known form, or the folder has several candidates.</exception>
    public static ICheckpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = Directory.Exists(path) ? FindIn(path) : path;
        return file.EndsWith(IndexSuffix, StringComparison.Ordinal) ? ShardedCheckpoint.Open(file) : OpenFile(file);
    }

    /// <summary>Whether a file of this name is weights, or the index or a shard of such, under a standard name.</summary>
    internal static bool IsStandardWeights(string name) =>
        StandardNames.Contains(name)
        || IsShard(name, Path.GetFileNameWithoutExtension(SafetensorsName), ".safetensors")
        || IsShard(name, Path.GetFileNameWithoutExtension(TorchName), ".bin");

    internal static ICheckpoint OpenFile(string file)
    {
        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"There is no checkpoint '{file}'.", file);
        }

        Span<byte> start = stackalloc byte[16];
        int length;
        using (FileStream stream = File.OpenRead(file))
        {
            length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        }

        start = start[..length];
        if (start.StartsWith("PK"u8) || (start is [0x80, ..] && !IsSafetensors(start)))
        {
            return TorchFile.Open(file);
        }

        if (IsSafetensors(start) || file.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            return SafetensorsFile.Open(file);
        }

        throw new InvalidDataException(
            start.StartsWith("version https://"u8)
                ? $"'{file}' is a Git LFS pointer, not the weights themselves: fetch them with 'git lfs pull'."
                : $"'{file}' is not a checkpoint: it is neither safetensors, nor a zip file or pickle as torch.save writes them.");
    }

    // A project's folder has a model file and a checkpoint's folder.
    private static IReadOnlyList<string> Meant(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*.mlnet").Order(StringComparer.Ordinal).Take(1),
        .. Directory.EnumerateDirectories(folder).Where(below => StandardNames.Any(name => File.Exists(Path.Combine(below, name)))).Order(StringComparer.Ordinal).Take(1),
    ];

    private static string FindIn(string folder)
    {
        if (StandardNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } standard)
        {
            return standard;
        }

        string[] others = [.. Directory.EnumerateFiles(folder).Where(file => OtherExtensions.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal)];
        return others switch
        {
            [string only] => only,
            [] => throw new FileNotFoundException(
                $"The folder '{folder}' has no checkpoint: neither {string.Join(", ", StandardNames)} nor a {string.Join(", ", OtherExtensions)} file.{NearNames.Question(Meant(folder))}", folder),
            _ => throw new InvalidDataException(
                $"The folder '{folder}' has several checkpoints ({string.Join(", ", others.Select(Path.GetFileName))}): name the file."),
        };
    }

    // The header's length is followed by the header's first brace.
    private static bool IsSafetensors(ReadOnlySpan<byte> start) =>
        start.Length > sizeof(ulong) && start[sizeof(ulong)] == (byte)'{'
        && BinaryPrimitives.ReadUInt64LittleEndian(start) <= SafetensorsHeader.MaximumLength;

    private static bool IsShard(string name, string stem, string extension) =>
        name.StartsWith(stem + "-", StringComparison.Ordinal) && name.EndsWith(extension, StringComparison.Ordinal)
        && name[(stem.Length + 1)..^extension.Length].Split("-of-") is [{ Length: 5 } shard, { Length: 5 } count]
        && shard.All(char.IsAsciiDigit) && count.All(char.IsAsciiDigit);
}
