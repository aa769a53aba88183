using MLNetVision.Models.Common.Hub;

namespace ScoreFolder;

/// <summary>Shows a download on one line.</summary>
internal sealed class DownloadLine : IProgress<HubProgress>
{
    public void Report(HubProgress value) =>
        Console.Error.Write($"\r{value.File}: {value.BytesReceived / 1e6:f1} of {value.TotalBytes / 1e6:f1} MB{(value.BytesReceived == value.TotalBytes ? Environment.NewLine : string.Empty)}");
}
