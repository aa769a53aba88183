using System.Security.Cryptography;
using System.Text;
using MLNetVision.Imaging.Files;
using MLNetVision.Models.Common.Checkpoints.Formats;
using MLNetVision.Models.Common.Config;

namespace MLNetVision.Models.Common.Hub;

/// <summary>One model in the cache, in the layout that Python's huggingface_hub shares.</summary>
/// <remarks>
/// <c>models--org--name/blobs/ETAG</c> are the contents, <c>refs/REVISION</c> the commits of the revisions, and
/// <c>snapshots/COMMIT/FILE</c> links to the blobs; where the system has no links, copies of them.
/// </remarks>
internal sealed class HubCache(string cacheFolder, ModelId model)
{
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(100);

    private readonly string _folder = Path.Combine(cacheFolder, model.CacheName);

    public string SnapshotFolder(string commit) => Path.Combine(_folder, "snapshots", commit);

    public string BlobFile(string etag) => Path.Combine(_folder, "blobs", SafeName(etag));

    /// <summary>The commit of a revision as of its last download; null when unknown. A commit is its own.</summary>
    public string? Commit(string revision)
    {
        if (IsCommit(revision))
        {
            return revision;
        }

        string file = RefFile(revision);
        return File.Exists(file) && File.ReadAllText(file).Trim() is var commit && IsCommit(commit) ? commit : null;
    }

    public void SaveCommit(string revision, string commit)
    {
        if (!IsCommit(revision) && Commit(revision) != commit)
        {
            AtomicFile.Write(RefFile(revision), stream => stream.Write(Encoding.ASCII.GetBytes(commit)));
        }
    }

    /// <summary>Lets a file of a snapshot be a blob's content.</summary>
    public void Link(string commit, string file, string etag)
    {
        string link = Path.Combine(SnapshotFolder(commit), file);
        string blob = BlobFile(etag);
        if (File.Exists(link) && new FileInfo(link).ResolveLinkTarget(returnFinalTarget: true)?.FullName == new FileInfo(blob).FullName)
        {
            return;
        }

        Directory.CreateDirectory(SnapshotFolder(commit));
        string aside = $"{link}.{Guid.NewGuid():n}.tmp";
        try
        {
            try
            {
                File.CreateSymbolicLink(aside, Path.GetRelativePath(SnapshotFolder(commit), blob));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
            {
                File.Copy(blob, aside); // a system, or a user, without links
            }

            File.Move(aside, link, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    /// <summary>Waits until no other process or thread writes the blob.</summary>
    public async Task<FileStream> LockAsync(string etag, CancellationToken cancellation)
    {
        string file = Path.Combine(cacheFolder, ".locks", model.CacheName, SafeName(etag) + ".lock");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        while (true)
        {
            if (FileLock.TryTake(file) is { } taken)
            {
                return taken;
            }

            await Task.Delay(LockPoll, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The snapshot of a revision if it is complete: a config and weights, all shards of them.</summary>
    public string? FindComplete(string revision)
    {
        if (Commit(revision) is not { } commit || !File.Exists(Path.Combine(SnapshotFolder(commit), PretrainedConfig.FileName)))
        {
            return null;
        }

        string folder = SnapshotFolder(commit);
        foreach (string name in Checkpoint.StandardNames)
        {
            string file = Path.Combine(folder, name);
            bool isIndex = name.EndsWith(Checkpoint.IndexSuffix, StringComparison.Ordinal);
            if (File.Exists(file) && (!isIndex || HasShards(file, folder)))
            {
                return folder;
            }
        }

        return null;
    }

    private static bool HasShards(string index, string folder)
    {
        try
        {
            return ShardedCheckpoint.ShardNames(index).All(shard => File.Exists(Path.Combine(folder, shard)));
        }
        catch (InvalidDataException)
        {
            return false; // to be downloaded again
        }
    }

    public static bool IsCommit(string text) => text.Length == 40 && text.All(char.IsAsciiHexDigitLower);

    // An ETag is the server's word: it becomes a file name only if it looks like one.
    private static string SafeName(string etag) =>
        etag.Length is > 0 and <= 128 && etag.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_')
            ? etag
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(etag)));

    private string RefFile(string revision) => Path.Combine([_folder, "refs", .. revision.Split('/')]);
}
