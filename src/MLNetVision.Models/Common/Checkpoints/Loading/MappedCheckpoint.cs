using MLNetVision.Models.Common.Checkpoints.Tensors;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Loading;

/// <summary>A checkpoint seen under other names, some of its tensors cut or turned on the way.</summary>
internal sealed class MappedCheckpoint : ICheckpoint
{
    private readonly ICheckpoint _source;
    private readonly bool _ownsSource;
    private readonly Dictionary<string, MappedTensor> _tensors;

    /// <param name="source">The checkpoint with the stored names.</param>
    /// <param name="tensors">The tensors in the new order, under new names that must differ from each other.</param>
    /// <param name="ownsSource">Whether disposing this disposes the source.</param>
    /// <param name="namingScheme">Whose names the stored ones are; null for no other project's.</param>
    public MappedCheckpoint(ICheckpoint source, IReadOnlyList<MappedTensor> tensors, bool ownsSource, string? namingScheme = null)
    {
        NamingScheme = namingScheme ?? (source as MappedCheckpoint)?.NamingScheme;
        _source = source;
        _ownsSource = ownsSource;
        _tensors = new Dictionary<string, MappedTensor>(StringComparer.Ordinal);
        foreach (MappedTensor tensor in tensors)
        {
            if (!_tensors.TryAdd(tensor.Entry.Name, tensor))
            {
                throw new InvalidDataException(
                    $"Two tensors of the checkpoint stand for '{tensor.Entry.Name}': '{_tensors[tensor.Entry.Name].StoredKey}' and '{tensor.StoredKey}'.");
            }
        }

        Entries = [.. tensors.Select(tensor => tensor.Entry)];
        IEnumerable<RenamedKey> renamed = tensors
            .Where(tensor => tensor.StoredKey != tensor.Entry.Name)
            .Select(tensor => new RenamedKey(tensor.StoredKey, tensor.Entry.Name));
        Renamed = source is MappedCheckpoint mapped ? [.. Compose(mapped, renamed)] : [.. renamed];
    }

    public IReadOnlyList<TensorEntry> Entries { get; }

    public IReadOnlyList<UnreadableTensor> Unreadable => _source.Unreadable;

    public IReadOnlyList<string> Remarks => _source.Remarks;

    public IReadOnlyList<RenamedKey> Renamed { get; }

    public string? NamingScheme { get; }

    public torch.Tensor Read(string name)
    {
        MappedTensor tensor = Find(name);
        if (tensor.FirstElement is null)
        {
            return _source.Read(tensor.StoredKey);
        }

        using (torch.NewDisposeScope())
        {
            return Part(tensor, _source.Read(tensor.StoredKey)).clone().MoveToOuterDisposeScope();
        }
    }

    public void ReadInto(string name, torch.Tensor target)
    {
        MappedTensor tensor = Find(name);
        if (tensor.FirstElement is null)
        {
            _source.ReadInto(tensor.StoredKey, target);
            return;
        }

        TensorBytes.CheckShape(tensor.Entry, target);
        using (torch.NewDisposeScope())
        using (torch.no_grad())
        {
            target.copy_(Part(tensor, _source.Read(tensor.StoredKey)));
        }
    }

    public void ReadBytes(string name, Span<byte> target)
    {
        MappedTensor tensor = Find(name);
        if (tensor.FirstElement is not { } first)
        {
            _source.ReadBytes(tensor.StoredKey, target);
            return;
        }

        tensor.Entry.CheckLength(target);
        TensorEntry stored = _source.Entries.First(entry => entry.Name == tensor.StoredKey);
        var bytes = new byte[stored.ByteCount];
        _source.ReadBytes(tensor.StoredKey, bytes);
        bytes.AsSpan(checked((int)(first * stored.ElementSize)), target.Length).CopyTo(target);
    }

    public void Dispose()
    {
        if (_ownsSource)
        {
            _source.Dispose();
        }
    }

    // A view of the stored tensor, in the caller's scope.
    private static torch.Tensor Part(MappedTensor tensor, torch.Tensor stored) =>
        stored.flatten().narrow(0, tensor.FirstElement!.Value, tensor.Entry.ElementCount).view([.. tensor.Entry.Shape]);

    private MappedTensor Find(string name) =>
        _tensors.TryGetValue(name, out MappedTensor? tensor) ? tensor : throw new KeyNotFoundException($"The checkpoint has no tensor '{name}'.");

    private IEnumerable<RenamedKey> Compose(MappedCheckpoint inner, IEnumerable<RenamedKey> renamed)
    {
        // A name that only the inner mapping changed must stay in the report.
        Dictionary<string, string> stored = inner.Renamed.ToDictionary(key => key.Key, key => key.StoredKey, StringComparer.Ordinal);
        return renamed.Select(key => key with { StoredKey = stored.GetValueOrDefault(key.StoredKey, key.StoredKey) })
            .Concat(inner.Renamed.Where(key => _tensors.TryGetValue(key.Key, out MappedTensor? tensor) && tensor.StoredKey == key.Key));
    }
}

/// <summary>A tensor under its new name.</summary>
/// <param name="Entry">The new name and shape; the element type stays.</param>
/// <param name="StoredKey">The name in the source.</param>
/// <param name="FirstElement">Where it begins among the stored one's elements, of which it is a run; null for the stored one itself.</param>
internal sealed record MappedTensor(TensorEntry Entry, string StoredKey, long? FirstElement = null);
