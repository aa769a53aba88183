namespace MLNetVision.Imaging.Files;

/// <summary>The error that a file of the user's would be written over, which trying again does not mend.</summary>
internal static class TakenPlace
{
    /// <summary>The system's "file exists", by which programs tell this error from a full disk.</summary>
    private const int FileExists = unchecked((int)0x80070050);

    public static IOException Error(string message) => new(message, FileExists);
}
