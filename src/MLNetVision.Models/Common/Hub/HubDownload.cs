using System.Net;

namespace MLNetVision.Models.Common.Hub;

/// <summary>Brings one file into the cache: resumed where an earlier attempt ended, repeated on passing failures, checked by size and hash.</summary>
internal sealed class HubDownload(HubClient client, HubCache cache, HubOptions options, HubReport report)
{
    /// <summary>What an attempt must bring to count as progress: a server that gives a byte at a time would be asked without end.</summary>
    private const int LeastProgress = 4096;

    /// <summary>Brings a file into the cache and links it into its snapshot.</summary>
    /// <exception cref="HubException">It cannot be had, or is not what was promised.</exception>
    public async Task BringAsync(HubFile file, string name, CancellationToken cancellation)
    {
        string blob = cache.BlobFile(file.ETag);
        if (!File.Exists(blob))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
            await using FileStream held = await cache.LockAsync(file.ETag, cancellation).ConfigureAwait(false);
            if (!File.Exists(blob)) // another process may have brought it meanwhile
            {
                string incomplete = blob + ".incomplete";
                await FillAsync(incomplete, file, name, cancellation).ConfigureAwait(false);
                File.Move(incomplete, blob, overwrite: true);
            }
        }

        cache.Link(file.Commit, name, file.ETag);
    }

    private async Task FillAsync(string incomplete, HubFile file, string name, CancellationToken cancellation)
    {
        bool resumed = File.Exists(incomplete);
        await ReceiveAsync(incomplete, file, name, cancellation).ConfigureAwait(false);
        if (await BlobHash.MatchesAsync(incomplete, file.ETag, cancellation).ConfigureAwait(false) == false)
        {
            File.Delete(incomplete);
            if (!resumed)
            {
                throw Corrupt(name, $"its content does not have the hash {file.ETag}");
            }

            // What was there before may have been wrong: once more from the start.
            await FillAsync(incomplete, file, name, cancellation).ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync(string incomplete, HubFile file, string name, CancellationToken cancellation)
    {
        await using var stream = new FileStream(incomplete, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
        if (stream.Length > file.Size)
        {
            stream.SetLength(0);
        }

        stream.Seek(0, SeekOrigin.End);
        report.Begin(name, stream.Position, file.Size);
        await HubRetry.RunAsync(
            async () =>
            {
                long before = stream.Position;
                try
                {
                    while (stream.Position < file.Size)
                    {
                        await ReceiveOnceAsync(stream, file, name, cancellation).ConfigureAwait(false);
                    }
                }
                catch (Exception e) when (HubRetry.IsPassing(e) && stream.Position - before >= LeastProgress)
                {
                    throw new ProgressMadeException(e);
                }

                return true;
            },
            options,
            cancellation).ConfigureAwait(false);
        stream.Flush(flushToDisk: true);
        report.End(stream.Position);
    }

    private async Task ReceiveOnceAsync(FileStream stream, HubFile file, string name, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await client.OpenAsync(file.Commit, name, stream.Position, cancellation).ConfigureAwait(false);
        PlaceAnswer(answer, stream, file, name);
        await using Stream content = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        byte[] buffer = new byte[128 << 10];
        while (true)
        {
            int count = await ReadAsync(content, buffer, name, cancellation).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            if (stream.Position + count > file.Size)
            {
                stream.SetLength(0);
                throw Corrupt(name, $"more than the promised {file.Size} bytes came");
            }

            await stream.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
            report.Receive(name, stream.Position, file.Size);
        }

        if (stream.Position < file.Size)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, $"The download of '{name}' ended after {stream.Position} of {file.Size} bytes.");
        }
    }

    // A server need not know ranges: then everything comes again.
    private static void PlaceAnswer(HttpResponseMessage answer, FileStream stream, HubFile file, string name)
    {
        if (answer.StatusCode == HttpStatusCode.PartialContent)
        {
            if (answer.Content.Headers.ContentRange is not { From: { } from } range || from != stream.Position || (range.Length ?? file.Size) != file.Size)
            {
                throw Corrupt(name, $"the bytes from {stream.Position} of {file.Size} were asked for, but '{answer.Content.Headers.ContentRange}' came");
            }

            return;
        }

        stream.SetLength(0);
        if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            throw new HttpIOException(HttpRequestError.InvalidResponse, $"The server has no such range of '{name}'.");
        }

        if (answer.Content.Headers.ContentLength is { } length && length != file.Size)
        {
            throw Corrupt(name, $"{file.Size} bytes were promised, but {length} are sent");
        }
    }

    private async Task<int> ReadAsync(Stream content, byte[] buffer, string name, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(options.Timeout);
        try
        {
            return await content.ReadAsync(buffer, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"No byte of '{name}' came within {options.Timeout.TotalSeconds:g} s.", e);
        }
    }

    private static HubException Corrupt(string name, string problem) => new(HubError.Corrupt, $"The download of '{name}' is not what the hub promised: {problem}.");
}
