using MLNetVision.Models.Common.Checkpoints.Formats;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Pretrained;

namespace MLNetVision.Models.Common.Hub;

/// <summary>Downloads models from a Hugging Face hub into the cache that Python's libraries share.</summary>
public static class ModelHub
{
    /// <summary>The most bytes of a file that is not weights; such files are read as a whole.</summary>
    private const long LongestText = 64 << 20;

    /// <summary>The most files of one model's weights.</summary>
    private const int MostShards = 4096;

    /// <summary>
    /// Brings a model's config.json, preprocessor_config.json and weights into the cache; files that are there are not
    /// fetched again, and nothing else is. Weights are model.safetensors or its shards, else pytorch_model.bin or its.
    /// </summary>
    /// <param name="modelId">Such as "facebook/levit-256".</param>
    /// <param name="options">Revision, cache, token, … Default: main, the rest as the environment says.</param>
    /// <param name="cancellation">Ends the download; what has come is kept for the next time.</param>
    /// <returns>The folder of the snapshot, in Hugging Face's form.</returns>
    /// <remarks>
    /// A revision that is a commit and complete in the cache needs no network. When the hub cannot be reached, the last
    /// complete download of the revision is used, with a warning. Several processes may download into one cache.
    /// </remarks>
    /// <exception cref="ArgumentException">It is not a model id, or an option is wrong.</exception>
    /// <exception cref="HubException">The model cannot be had; <see cref="HubException.Error"/> says why.</exception>
    public static Task<string> DownloadAsync(string modelId, HubOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelId);
        options ??= new HubOptions();
        options.Validate();
        return DownloadAsync(ModelId.Parse(modelId), HubSettings.Resolve(options, Environment.GetEnvironmentVariable), options, cancellation);
    }

    internal static async Task<string> DownloadAsync(ModelId model, HubSettings settings, HubOptions options, CancellationToken cancellation)
    {
        var cache = new HubCache(settings.CacheFolder, model);
        string? cached = cache.FindComplete(options.Revision);
        if (cached is not null && (settings.IsOffline || HubCache.IsCommit(options.Revision)))
        {
            return cached;
        }

        if (settings.IsOffline)
        {
            throw new HubException(
                HubError.Unreachable,
                $"{IsNotInTheCache(model, settings, options)}, and {(options.IsOffline is null ? "HF_HUB_OFFLINE" : $"{nameof(HubOptions)}.{nameof(HubOptions.IsOffline)} (HF_HUB_OFFLINE)")} forbids to download it. {WaysOut(model)}");
        }

        try
        {
            return await BringAsync(model, cache, settings, options, cancellation).ConfigureAwait(false);
        }
        catch (HubException e) when (e.Error == HubError.Unreachable && cached is not null)
        {
            options.Warning($"{e.Message} The last download of {model.Text} in the cache '{settings.CacheFolder}' is used.");
            return cached;
        }
        catch (HubException e) when (e.Error == HubError.Unreachable)
        {
            throw new HubException(e.Error, $"{IsNotInTheCache(model, settings, options)}, and it cannot be downloaded from {settings.Endpoint}. {e.Message} {WaysOut(model)}", e.InnerException);
        }
    }

    private static string IsNotInTheCache(ModelId model, HubSettings settings, HubOptions options) =>
        $"{model.Text} at '{options.Revision}' is not complete in the cache '{settings.CacheFolder}'";

    private static string WaysOut(ModelId model) =>
        $"Download it elsewhere and name its folder here, or bring its folder '{model.CacheName}' into this cache or into one that HF_HUB_CACHE names; HF_ENDPOINT names a mirror, and HTTPS_PROXY a proxy.";

    private static async Task<string> BringAsync(ModelId model, HubCache cache, HubSettings settings, HubOptions options, CancellationToken cancellation)
    {
        using var client = new HubClient(model, settings, options);
        var report = new HubReport(model, settings, options);
        var download = new HubDownload(client, cache, options, report);
        HubFile config = await FindAsync(options.Revision, PretrainedConfig.FileName).ConfigureAwait(false)
            ?? throw new HubException(HubError.NotFound, $"{settings.Endpoint}/{model.Text} does not exist, or has no {PretrainedConfig.FileName} at '{options.Revision}'.");
        string commit = config.Commit; // everything else is of the same commit, even if the branch moves on
        await BringFileAsync(config, PretrainedConfig.FileName).ConfigureAwait(false);
        await TryBringAsync(PretrainedFolder.PreprocessorName).ConfigureAwait(false);
        foreach (string name in Checkpoint.StandardNames)
        {
            if (!await TryBringAsync(name).ConfigureAwait(false))
            {
                continue;
            }

            if (name.EndsWith(Checkpoint.IndexSuffix, StringComparison.Ordinal))
            {
                await BringShardsAsync(name).ConfigureAwait(false);
            }

            cache.SaveCommit(options.Revision, commit);
            report.Finish();
            return cache.SnapshotFolder(commit);
        }

        throw new HubException(HubError.NotFound, $"{settings.Endpoint}/{model.Text} has no weights at '{options.Revision}': none of {string.Join(", ", Checkpoint.StandardNames)}.");

        Task<HubFile?> FindAsync(string revision, string name) =>
            HubRetry.RunAsync(() => client.FindAsync(revision, name, cancellation), options, cancellation);

        async Task<bool> TryBringAsync(string name)
        {
            HubFile? file = await FindAsync(commit, name).ConfigureAwait(false);
            if (file is not null)
            {
                // The commit that was asked for, whatever the answer says: all files go into one snapshot.
                await BringFileAsync(file with { Commit = commit }, name).ConfigureAwait(false);
            }

            return file is not null;
        }

        Task BringFileAsync(HubFile file, string name) => name.EndsWith(".json", StringComparison.Ordinal) && file.Size > LongestText
            ? throw new HubException(HubError.Corrupt, $"'{name}' of {model.Text} has {file.Size} bytes, where at most {LongestText} are expected.")
            : download.BringAsync(file, name, cancellation);

        async Task BringShardsAsync(string index)
        {
            foreach (string shard in ShardNames(index))
            {
                if (!await TryBringAsync(shard).ConfigureAwait(false))
                {
                    throw new HubException(HubError.NotFound, $"{model.Text} lacks '{shard}', which its {index} names.");
                }
            }
        }

        IReadOnlyList<string> ShardNames(string index)
        {
            try
            {
                IReadOnlyList<string> names = ShardedCheckpoint.ShardNames(Path.Combine(cache.SnapshotFolder(commit), index));
                return names.Count <= MostShards ? names : throw new InvalidDataException($"It names {names.Count} files, where at most {MostShards} are expected.");
            }
            catch (InvalidDataException e)
            {
                throw new HubException(HubError.Corrupt, $"The {index} of {model.Text} is broken: {e.Message}", e);
            }
        }
    }
}
