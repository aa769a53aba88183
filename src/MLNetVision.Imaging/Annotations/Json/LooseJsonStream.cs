using System.Buffers;

namespace MLNetVision.Imaging.Annotations.Json;

/// <summary>A file's bytes, read from the beginning to the end once, with what is no JSON replaced by as many bytes.</summary>
internal sealed class LooseJsonStream(Stream source) : Stream
{
    private const int BufferBytes = 64 * 1024;

    private readonly LooseJson _mender = new(keepsLength: true);
    private readonly ArrayBufferWriter<byte> _mended = new(BufferBytes);
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _waiting; // bytes of the buffer that were not mended yet
    private int _given; // bytes of the mended ones that were read
    private bool _ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => source.Length;

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (_given == _mended.WrittenCount && !_ended)
        {
            Fill();
        }

        int count = Math.Min(buffer.Length, _mended.WrittenCount - _given);
        _mended.WrittenSpan.Slice(_given, count).CopyTo(buffer);
        _given += count;
        return count;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        int read = source.Read(_buffer, _waiting, _buffer.Length - _waiting);
        _ended = read == 0;
        _waiting += read;
        _mended.ResetWrittenCount();
        _given = 0;
        int taken = _mender.Write(_buffer.AsSpan(0, _waiting), _ended, _mended);
        _buffer.AsSpan(taken.._waiting).CopyTo(_buffer);
        _waiting -= taken;
    }
}
