using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNetVision.Tests.Support;

/// <summary>Keeps what an environment logs while a test runs.</summary>
internal sealed class LogRecorder : IDisposable
{
    private readonly MLContext _context;
    private readonly List<(ChannelMessageKind Kind, string Message)> _messages = [];

    public LogRecorder(MLContext context)
    {
        _context = context;
        context.Log += Record;
    }

    public string[] Warnings => Of(ChannelMessageKind.Warning);

    public string[] Infos => Of(ChannelMessageKind.Info);

    public void Dispose() => _context.Log -= Record;

    private string[] Of(ChannelMessageKind kind)
    {
        lock (_messages)
        {
            return [.. _messages.Where(message => message.Kind == kind).Select(message => message.Message)];
        }
    }

    private void Record(object? sender, LoggingEventArgs e)
    {
        lock (_messages)
        {
            _messages.Add((e.Kind, e.Message));
        }
    }
}
