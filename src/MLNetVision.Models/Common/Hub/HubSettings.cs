namespace MLNetVision.Models.Common.Hub;

/// <summary>The options with the environment's values filled in.</summary>
/// <param name="CacheFolder">Where the models lie.</param>
/// <param name="Endpoint">The hub, without a slash at the end.</param>
/// <param name="IsOffline">Whether only the cache is used.</param>
internal sealed record HubSettings(string CacheFolder, string Endpoint, bool IsOffline)
{
    private const string DefaultEndpoint = "https://huggingface.co";

    // Not a positional member: a record prints those.
    private string? _token;

    /// <summary>The token; a method, so that nothing prints it along with the rest.</summary>
    public string? GetToken() => _token;

    /// <param name="options">What the caller set.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="ArgumentException">The endpoint is no web address, or the token has characters that no token has.</exception>
    public static HubSettings Resolve(HubOptions options, Func<string, string?> variable)
    {
        string home = Text("HF_HOME") ?? Path.Combine(
            Text("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "huggingface");
        string cache = options.CacheFolder ?? Text("HF_HUB_CACHE") ?? Text("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub");
        string endpoint = (options.Endpoint?.ToString() ?? Text("HF_ENDPOINT") ?? DefaultEndpoint).TrimEnd('/');
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp))
        {
            throw new ArgumentException($"The hub's endpoint '{endpoint}' is not an https or http address.", nameof(options));
        }

        return new HubSettings(Expand(cache), endpoint, options.IsOffline ?? (Flag("HF_HUB_OFFLINE") || Flag("TRANSFORMERS_OFFLINE")))
        {
            _token = ReadToken(),
        };

        string? Text(string name) => variable(name) is { Length: > 0 } value ? value : null;

        bool Flag(string name) => Text(name)?.ToUpperInvariant() is "1" or "TRUE" or "YES" or "ON";

        string? ReadToken()
        {
            string? token = options.Token ?? (Flag("HF_HUB_DISABLE_IMPLICIT_TOKEN") ? null : Text("HF_TOKEN") ?? Text("HUGGING_FACE_HUB_TOKEN") ?? TokenFile());
            token = token?.Trim();
            if (token is not null && token.Any(character => character is <= ' ' or > '~'))
            {
                throw new ArgumentException("The hub's token has characters that no token has.", nameof(options));
            }

            return string.IsNullOrEmpty(token) ? null : token;
        }

        string? TokenFile()
        {
            string file = Expand(Text("HF_TOKEN_PATH") ?? Path.Combine(home, "token"));
            return File.Exists(file) ? File.ReadAllText(file) : null;
        }
    }

    private static string Expand(string path) =>
        path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
            ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..]
            : Path.GetFullPath(path);
}
