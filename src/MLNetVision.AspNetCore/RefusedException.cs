namespace MLNetVision.AspNetCore;

/// <summary>Refuses a request: what it was told with.</summary>
internal sealed class RefusedException(int status, string title, string detail) : Exception(detail)
{
    public int Status => status;

    public string Title => title;
}
