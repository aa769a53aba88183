namespace MLNetVision.Models.Common.Hub;

/// <summary>How far the download of a file is.</summary>
/// <param name="File">The file's name in the repository.</param>
/// <param name="BytesReceived">The bytes that are there, those of an earlier attempt included.</param>
/// <param name="TotalBytes">The file's size.</param>
public readonly record struct HubProgress(string File, long BytesReceived, long TotalBytes);
