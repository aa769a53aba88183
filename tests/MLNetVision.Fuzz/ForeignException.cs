namespace MLNetVision.Fuzz;

/// <summary>An exception of ML.NET's own readers, which a model file goes through before and between this library's: none of its frames is ours.</summary>
internal sealed class ForeignException(Exception inner) : Exception(inner.Message, inner)
{
    /// <summary>Whether neither an exception nor what it was caused by has passed code of the library.</summary>
    public static bool IsForeign(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e.StackTrace?.Split('\n').Any(frame => frame.Contains(" MLNetVision.", StringComparison.Ordinal) && !frame.Contains(" MLNetVision.Fuzz.", StringComparison.Ordinal)) == true)
            {
                return false;
            }
        }

        return true;
    }
}
