using MLNetVision.Models.Pipelines;

namespace MLNetVision.AspNetCore;

/// <summary>How a service loads its network, and what it takes of its clients. The limits hold for each request alone unless they say otherwise.</summary>
public sealed class VisionServiceOptions
{
    /// <summary>Device, precision, download, log, also of a model that takes another's place. Default: the CPU.</summary>
    public PipelineOptions Pipeline { get; init; } = new();

    /// <summary>What the model is called to clients; null, the default, for its id, or the name of its file or folder.</summary>
    public string? ModelName { get; init; }

    /// <summary>
    /// How often the model's file, or the files of its folder, are looked at for a change; null, the default, for never. At most a day. When they have changed and
    /// nobody writes them any more, the model is loaded beside the old one, asked once, and answers the requests that begin from then on; the old one is freed after
    /// its last answer. Of files that cannot be used the log has a warning, and the old model stays.
    /// </summary>
    public TimeSpan? WatchInterval { get; init; }

    /// <summary>
    /// How a network that segments makes segments where a request does not say, given how it does by itself, such as <c>own => own with { Threshold = 0.3 }</c>;
    /// null, the default, for what the model file says.
    /// </summary>
    public Func<SegmentationOptions, SegmentationOptions>? Segmentation { get; init; }

    /// <summary>How many of the most probable classes are named where a request does not say, at least 1. Default: 5.</summary>
    public int TopK { get; init; } = 5;

    /// <summary>The most bytes of a picture's file, at least 1. Default: 16 MiB. More is refused with 413.</summary>
    public long MaximumPictureBytes { get; init; } = 16 << 20;

    /// <summary>The most pixels of a picture, at least 1, looked at before it is decoded: a small file may claim a large picture. Default: 40,000,000. More is refused with 413.</summary>
    public long MaximumPixels { get; init; } = 40_000_000;

    /// <summary>The most pictures of one batch, at least 1. Default: 32. More are refused with 413.</summary>
    public int MaximumBatchPictures { get; init; } = 32;

    /// <summary>The most bytes of all pictures of one batch, at least 1. Default: 64 MiB. More are refused with 413.</summary>
    public long MaximumBatchBytes { get; init; } = 64 << 20;

    /// <summary>The most bytes of uploads that are in memory at once, of all requests together, at least 1. Default: 512 MiB. Beyond it requests are refused with 503.</summary>
    public long MaximumUploadBytes { get; init; } = 512 << 20;

    /// <summary>How many requests are computed at once, at least 1. Default: the number of processors, beyond which the network lets nobody in.</summary>
    public int MaximumConcurrency { get; init; } = Environment.ProcessorCount;

    /// <summary>How many requests may wait for their turn, at least 0. Default: 64. Beyond it they are refused with 503 and told to come again.</summary>
    public int QueueLimit { get; init; } = 64;

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Pipeline);
        ArgumentOutOfRangeException.ThrowIfLessThan(TopK, 1);
        if (WatchInterval is { } interval && (interval <= TimeSpan.Zero || interval > TimeSpan.FromDays(1)))
        {
            throw new ArgumentOutOfRangeException(nameof(WatchInterval), interval, $"{nameof(WatchInterval)} must be above zero and at most a day, or null for never.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumPictureBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumPixels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumBatchPictures, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumBatchBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumUploadBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumConcurrency, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(QueueLimit);
    }
}
