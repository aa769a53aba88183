using System.Net;
using System.Net.Http.Headers;

namespace MLNetVision.Models.Common.Hub;

/// <summary>What the hub says of a file.</summary>
/// <param name="Commit">The commit that the revision stands for.</param>
/// <param name="ETag">The content's name: its hash, as a rule.</param>
/// <param name="Size">Its size in bytes.</param>
internal sealed record HubFile(string Commit, string ETag, long Size);

/// <summary>Talks to a hub. Redirects are followed here, so that the token stays with the endpoint.</summary>
internal sealed class HubClient : IDisposable
{
    private const int MaximumRedirects = 8;

    private readonly HttpClient _http;
    private readonly HubSettings _settings;
    private readonly HubOptions _options;
    private readonly ModelId _model;

    public HubClient(ModelId model, HubSettings settings, HubOptions options)
    {
        _model = model;
        _settings = settings;
        _options = options;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.Timeout,
            Proxy = options.Proxy,
            UseCookies = false,
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("MLNetVision", "0.1"));
    }

    /// <summary>Asks for a file's commit, hash and size; null when the repository has no such file.</summary>
    /// <exception cref="HubException">The repository cannot be had.</exception>
    public async Task<HubFile?> FindAsync(string revision, string file, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Head, Address(revision, file), from: 0, followAbroad: false, cancellation).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.NotFound && Header(answer, "X-Error-Code") is null or "EntryNotFound")
        {
            return null;
        }

        ThrowIfRefused(answer, revision, file);
        string? commit = Header(answer, "X-Repo-Commit");
        string? etag = Header(answer, "X-Linked-Etag") ?? answer.Headers.ETag?.Tag ?? Header(answer, "ETag");
        etag = etag?.Replace("W/", string.Empty, StringComparison.Ordinal).Trim('"');
        bool hasSize = long.TryParse(Header(answer, "X-Linked-Size"), out long size);
        size = hasSize ? size : answer.IsSuccessStatusCode ? answer.Content.Headers.ContentLength ?? -1 : -1;
        if (commit is null || !HubCache.IsCommit(commit) || string.IsNullOrEmpty(etag) || size < 0)
        {
            throw new HubException(
                HubError.Corrupt, $"{_settings.Endpoint} does not answer like a Hugging Face hub: '{file}' of {_model.Text} has no commit, ETag or size.");
        }

        return new HubFile(commit, etag, size);
    }

    /// <summary>Asks for a file's content from a byte on; the answer may begin at 0 all the same.</summary>
    /// <exception cref="HubException">The repository cannot be had.</exception>
    public async Task<HttpResponseMessage> OpenAsync(string commit, string file, long from, CancellationToken cancellation)
    {
        HttpResponseMessage answer = await SendAsync(HttpMethod.Get, Address(commit, file), from, followAbroad: true, cancellation).ConfigureAwait(false);
        try
        {
            if (answer.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                ThrowIfRefused(answer, commit, file);
            }

            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    public void Dispose() => _http.Dispose();

    private Uri Address(string revision, string file) =>
        new($"{_settings.Endpoint}/{_model.Text}/resolve/{Uri.EscapeDataString(revision)}/{Uri.EscapeDataString(file)}");

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long from, bool followAbroad, CancellationToken cancellation)
    {
        var endpoint = new Uri(_settings.Endpoint);
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage answer = await SendOnceAsync(method, address, from, endpoint, cancellation).ConfigureAwait(false);
            if ((int)answer.StatusCode is not (301 or 302 or 303 or 307 or 308) || answer.Headers.Location is not { } location)
            {
                return answer;
            }

            if (!Uri.TryCreate(address, location, out Uri? target) || (target.Scheme != Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttp))
            {
                answer.Dispose();
                throw new HubException(HubError.Corrupt, $"{address.Host} redirects to '{location}', which is no web address.");
            }

            // Large files lie elsewhere, but what they are is said here.
            if (!followAbroad && !IsSameOrigin(target, endpoint))
            {
                return answer;
            }

            answer.Dispose();
            if (redirects == MaximumRedirects || (address.Scheme == Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttps))
            {
                throw new HubException(HubError.Corrupt, $"{endpoint.Host} redirects without end, or from https to {target.Scheme}.");
            }

            address = target;
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri address, long from, Uri endpoint, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.AcceptEncoding.ParseAdd("identity");
        if (from > 0)
        {
            request.Headers.Range = new RangeHeaderValue(from, null);
        }

        if (_settings.GetToken() is { } token && IsSameOrigin(address, endpoint))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(_options.Timeout);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"{address.Host} did not answer within {_options.Timeout.TotalSeconds:g} s.", e);
        }
    }

    private void ThrowIfRefused(HttpResponseMessage answer, string revision, string file)
    {
        int status = (int)answer.StatusCode;
        if (status < 400)
        {
            return;
        }

        string what = $"{_settings.Endpoint}/{_model.Text}";
        string code = Header(answer, "X-Error-Code") ?? answer.ReasonPhrase ?? string.Empty;
        bool hasToken = _settings.GetToken() is not null;
        code = hasToken ? code.Replace(_settings.GetToken()!, "…", StringComparison.Ordinal) : code; // a server may send back what it was sent
        throw (status, code) switch
        {
            (_, "GatedRepo") or (403, _) => new HubException(
                HubError.Forbidden,
                $"{what} is not open to {(hasToken ? "the account of this token" : "everyone")}: accept its conditions on its page, and give a token (HF_TOKEN) of an account that has access."),
            (401, _) => new HubException(
                HubError.Unauthorized,
                hasToken ? $"{what} refuses the token that was given, or there is no such model." : $"{what} does not exist, or is private: check the name, or give a token (HF_TOKEN)."),
            (_, "RevisionNotFound") => new HubException(HubError.NotFound, $"{what} has no revision '{revision}'."),
            (404 or 410, _) => new HubException(HubError.NotFound, $"{what} does not exist, or has no '{file}' at '{revision}' ({code})."),
            (408 or 429 or >= 500, _) => new HttpRequestException($"{what} answers {status} {code}.", null, answer.StatusCode),
            _ => new HubException(HubError.Corrupt, $"{what} answers {status} {code} to a request for '{file}'."),
        };
    }

    private static bool IsSameOrigin(Uri address, Uri endpoint) =>
        address.Scheme == endpoint.Scheme && address.Port == endpoint.Port && string.Equals(address.IdnHost, endpoint.IdnHost, StringComparison.OrdinalIgnoreCase);

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;
}
