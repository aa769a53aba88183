namespace MLNetVision.Models.Common.Hub;

/// <summary>Why a download failed.</summary>
public enum HubError
{
    /// <summary>There is no such model, revision or file, or it is private and no token was given.</summary>
    NotFound,

    /// <summary>The hub asks for a token, or refuses the one that was given.</summary>
    Unauthorized,

    /// <summary>The account has no access to the model, which may have conditions to accept.</summary>
    Forbidden,

    /// <summary>The hub cannot be reached, or only the cache may be used, and the cache lacks the model.</summary>
    Unreachable,

    /// <summary>The hub's answers contradict each other: a size, a range or a hash is not what was promised.</summary>
    Corrupt,
}

/// <summary>A model cannot be had from the hub.</summary>
public sealed class HubException : Exception
{
    internal HubException(HubError error, string message, Exception? inner = null)
        : base(message, inner) => Error = error;

    /// <summary>Why.</summary>
    public HubError Error { get; }
}
