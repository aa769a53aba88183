using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Options;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Pretrained.ModelFiles;

namespace MLNetVision.Models.Common.Pretrained;

/// <summary>
/// Where a model lies: the one place that tells a folder, a weights file, an ML.NET model file and the id of a model on a
/// hub apart.
/// </summary>
/// <remarks>
/// What exists on the disk comes first; a folder counts as existing also where a crash interrupted its replacement. A file
/// is told by its content, whatever its name. What is neither there nor a possible id, ends like a file, or would lie in a folder that
/// exists, is a mistyped path, and nobody is asked for it.
/// </remarks>
public sealed record PretrainedSource
{
    private const string MLNetEntry = "Model.key";

    // A model id may end so too, but nobody who writes one of these means a repository.
    private const int LongExtension = 5;

    private static readonly string[] FileExtensions = [".safetensors", ".bin", ".pth", ".pkl", ".pt", ".ckpt", ".json", ".zip", ".mlnet"];

    private PretrainedSource(string name, PretrainedSourceKind kind, string path) => (Name, Kind, Path) = (name, kind, path);

    /// <summary>What the user wrote.</summary>
    public string Name { get; }

    /// <summary>What it is.</summary>
    public PretrainedSourceKind Kind { get; }

    /// <summary>The folder or file; of a model id the folder that it was downloaded to.</summary>
    public string Path { get; }

    /// <summary>Finds a model; the id of one is downloaded unless the local cache has it.</summary>
    /// <param name="source">A folder, a weights file, an ML.NET model file, or the id of a model such as "facebook/levit-256".</param>
    /// <param name="hub">How an id is downloaded. Default: as the environment says (HF_HOME, HF_TOKEN, …).</param>
    /// <param name="cancellation">Ends the download; what has come is kept for the next time.</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder, and the name cannot be an id.</exception>
    /// <exception cref="HubException">The name may be an id, but there is neither such a folder nor can such a model be had; <see cref="HubException.Error"/> says why.</exception>
    /// <exception cref="OperationCanceledException">The download was cancelled.</exception>
    public static PretrainedSource Resolve(string source, HubOptions? hub = null, CancellationToken cancellation = default) =>
        ResolveAsync(source, hub, progress: null, cancellation).GetAwaiter().GetResult();

    /// <inheritdoc cref="Resolve" path="/summary | /returns | /remarks | /exception"/>
    /// <param name="source">A folder, a weights file, an ML.NET model file, or the id of a model.</param>
    /// <param name="hub">How an id is downloaded.</param>
    /// <param name="progress">Told what of a download has come; null for the one of <paramref name="hub"/>.</param>
    /// <param name="cancellation">Ends the download.</param>
    public static async Task<PretrainedSource> ResolveAsync(
        string source, HubOptions? hub = null, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        cancellation.ThrowIfCancellationRequested();
        if (FindOnDisk(source) is { } found)
        {
            return found;
        }

        string full = System.IO.Path.GetFullPath(source);
        if (!ModelId.IsPossible(source) || EndsLikeAFile(source))
        {
            string other = System.IO.Path.GetFileName(source) == source && System.IO.Path.GetExtension(source).Length == 0
                ? $"'{source}' is no model id either: one has two parts, such as 'facebook/levit-256'"
                : $"'{source}' is no model id such as 'facebook/levit-256'";
            throw new FileNotFoundException($"{Missing(source, full)}, and {other}.{Question(source, full)}", full);
        }

        hub ??= new HubOptions();
        if (Directory.Exists(System.IO.Path.GetDirectoryName(full)))
        {
            return FindInCache(source, hub, cancellation) ?? throw new FileNotFoundException(
                $"{Missing(source, full)}. As '{System.IO.Path.GetDirectoryName(source)}' is a folder there, the name is not taken for the id of a model on a hub.{Question(source, full)}", full);
        }

        try
        {
            string folder = await ModelHub.DownloadAsync(source, hub.With(progress), cancellation).ConfigureAwait(false);
            return new PretrainedSource(source, PretrainedSourceKind.Folder, folder);
        }
        catch (HubException e) when (e.Error is HubError.NotFound or HubError.Unauthorized or HubError.Unreachable)
        {
            throw new HubException(e.Error, $"{Missing(source, full)}.{Question(source, full)} {e.Message}", e.InnerException ?? e);
        }
    }

    /// <summary>Opens config, preprocessing and weights.</summary>
    /// <exception cref="FileNotFoundException">The folder has no weights.</exception>
    /// <exception cref="InvalidDataException">It is an ML.NET model file, or its weights are broken.</exception>
    public PretrainedFolder Open() => Kind != PretrainedSourceKind.MLNetModelFile
        ? PretrainedFolder.Open(Path)
        : throw new InvalidDataException(
            $"'{Name}' is a model file of ML.NET, which holds a whole pipeline; a checkpoint is needed here. Load the file with mlContext.Model.Load, " +
            "or write the network of its transformer as a checkpoint folder with Model.SavePretrained, and name that.");

    /// <summary>What kind of network it is, in config.json's words: "levit", "mask2former", or another that this library does not have. Its weights are not read.</summary>
    /// <returns>Null where config.json does not say.</returns>
    /// <exception cref="FileNotFoundException">There is no config.json, or no weights beside it.</exception>
    /// <exception cref="InvalidDataException">A file is broken, or an ML.NET model file holds no network of this library.</exception>
    public string? ReadModelType()
    {
        if (Kind == PretrainedSourceKind.MLNetModelFile)
        {
            return ReadModelFile().Network.ModelType;
        }

        using PretrainedFolder folder = Open();
        string json = folder.ConfigJson ?? throw new FileNotFoundException($"'{folder.Path}' has no {PretrainedConfig.FileName}, which says what network its weights are of.");
        try
        {
            return ConfigJson.Parse(json) is JsonObject fields ? fields["model_type"]?.ToString() : null;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{System.IO.Path.Combine(folder.Path, PretrainedConfig.FileName)}' is no JSON: {e.Message}", e);
        }
    }

    /// <summary>Reads what an ML.NET model file says of its network.</summary>
    internal StoredModelFile ReadModelFile() => StoredModelFile.Read(Path);

    private static PretrainedSource? FindOnDisk(string source)
    {
        string folder = FolderSwap.Current(source);
        if (Directory.Exists(folder))
        {
            return new PretrainedSource(source, PretrainedSourceKind.Folder, source);
        }

        string file = FolderSwap.CurrentFile(source);
        return !File.Exists(file) ? null
            : IsMLNetModelFile(file) ? new PretrainedSource(source, PretrainedSourceKind.MLNetModelFile, file)
            : new PretrainedSource(source, PretrainedSourceKind.WeightsFile, source);
    }

    private static bool EndsLikeAFile(string source)
    {
        string extension = System.IO.Path.GetExtension(source);
        return FileExtensions.Any(known => NearestName.Distance(extension, known) <= (known.Length >= LongExtension ? 1 : 0));
    }

    // What was downloaded is known for an id, whatever folders there are.
    private static PretrainedSource? FindInCache(string source, HubOptions hub, CancellationToken cancellation)
    {
        try
        {
            return new PretrainedSource(source, PretrainedSourceKind.Folder, ModelHub.DownloadAsync(source, hub.With(isOffline: true), cancellation).GetAwaiter().GetResult());
        }
        catch (HubException)
        {
            return null;
        }
    }

    // ML.NET writes each part of a pipeline into a zip file, as a stream "Model.key" in a folder of its own.
    private static bool IsMLNetModelFile(string file)
    {
        using FileStream stream = File.OpenRead(file);
        Span<byte> start = stackalloc byte[2];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.SequenceEqual("PK"u8))
        {
            return false;
        }

        try
        {
            stream.Position = 0;
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
            return zip.Entries.Any(entry => entry.FullName.Split('/', '\\')[^1] == MLNetEntry);
        }
        catch (InvalidDataException)
        {
            return false; // whoever reads it says what is broken
        }
    }

    private static string Missing(string source, string full) => System.IO.Path.IsPathRooted(source)
        ? $"There is no file or folder '{full}'{WhatExists(full, out _)}"
        : $"There is no file or folder '{full}'{WhatExists(full, out _)}: '{source}' was looked for in the current directory '{Environment.CurrentDirectory}'";

    private static string Question(string source, string full)
    {
        WhatExists(full, out IReadOnlyList<string> near);
        return NearNames.Question([.. near.Select(path => System.IO.Path.IsPathRooted(source) ? path : System.IO.Path.GetRelativePath(Environment.CurrentDirectory, path))]);
    }

    // The part of a path that a reader need not check, and what in it is called much like the next part.
    private static string WhatExists(string full, out IReadOnlyList<string> near)
    {
        string missing = System.IO.Path.TrimEndingDirectorySeparator(full);
        string? parent = System.IO.Path.GetDirectoryName(missing);
        while (parent is not null && !Directory.Exists(parent))
        {
            (missing, parent) = (parent, System.IO.Path.GetDirectoryName(parent));
        }

        near = parent is null ? [] : NearNames.In(parent, System.IO.Path.GetFileName(missing));
        return parent is null || System.IO.Path.GetDirectoryName(parent) is null || parent == Environment.CurrentDirectory ? string.Empty : $" ('{parent}' exists)";
    }
}
