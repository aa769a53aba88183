using System.Net;

namespace MLNetVision.Models.Common.Hub;

/// <summary>How models are downloaded from a Hugging Face hub. What is not set comes from the environment variables that Python's huggingface_hub reads.</summary>
public sealed class HubOptions
{
    private static readonly Action<string> StandardError = static text => Console.Error.WriteLine(text);

    /// <summary>A branch, a tag, a commit or a pull request (<c>refs/pr/1</c>). Default: main.</summary>
    public string Revision { get; init; } = "main";

    /// <summary>
    /// The cache, shared with Python. Default: null, which is HF_HUB_CACHE, else <c>hub</c> in HF_HOME, else
    /// <c>huggingface/hub</c> in XDG_CACHE_HOME or <c>~/.cache</c>.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>
    /// The access token; it is sent to the endpoint only. Default: null, which is HF_TOKEN, else the file HF_TOKEN_PATH
    /// or <c>token</c> in HF_HOME (not read when HF_HUB_DISABLE_IMPLICIT_TOKEN is set). Empty: none.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>The hub's address. Default: null, which is HF_ENDPOINT, else https://huggingface.co.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Whether only the cache is used. Default: null, which is HF_HUB_OFFLINE, else false.</summary>
    public bool? IsOffline { get; init; }

    /// <summary>The proxy. Default: null, which is the system's: on Linux HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>How long to wait for a connection, for an answer and for the next bytes, each. Default: 10 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a request is repeated when it fails for a passing reason and no byte came. Default: 5.</summary>
    public int MaximumRetries { get; init; } = 5;

    /// <summary>The wait before the first repetition; it doubles each time. Default: 1 second.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Receives what has been downloaded of each file. Default: nobody.</summary>
    public IProgress<HubProgress>? Progress { get; init; }

    /// <summary>Receives a sentence when a download begins, every ten seconds while it goes on, and when it is complete. Default: nobody.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Receives a sentence when a request is repeated, and when the hub cannot be reached and the cache is used instead. Default: standard error.</summary>
    public Action<string> Warning { get; init; } = StandardError;

    /// <summary>Whether nobody has said who receives warnings.</summary>
    internal bool HasUsualWarning => ReferenceEquals(Warning, StandardError);

    /// <summary>The same but for what is given; null for what is there.</summary>
    internal HubOptions With(
        IProgress<HubProgress>? progress = null, Action<string>? log = null, Action<string>? warning = null, bool? isOffline = null, TimeSpan? timeout = null, int? maximumRetries = null) => new()
    {
        Revision = Revision,
        CacheFolder = CacheFolder,
        Token = Token,
        Endpoint = Endpoint,
        IsOffline = isOffline ?? IsOffline,
        Proxy = Proxy,
        Timeout = timeout ?? Timeout,
        MaximumRetries = maximumRetries ?? MaximumRetries,
        RetryDelay = RetryDelay,
        Progress = progress ?? Progress,
        Log = log ?? Log,
        Warning = warning ?? Warning,
    };

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumRetries, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Timeout, TimeSpan.Zero);
        if (Revision.Length == 0 || Revision.Split('/').Any(part => part is "" or "." or "..") || Revision.AsSpan().ContainsAny('\\', '\0', ':'))
        {
            throw new ArgumentException($"'{Revision}' is not a revision.", nameof(Revision));
        }
    }
}
