using MLNetVision.Models.Common.Checkpoints.Tensors;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Loading;

/// <summary>Loads the tensors of a checkpoint into the parameters and buffers of a model, in place, one at a time.</summary>
public static class CheckpointLoader
{
    /// <summary>Overwrites the state of <paramref name="module"/> with the tensors of the same keys.</summary>
    /// <param name="module">Any module; its element types and devices stay, stored values are converted to them.</param>
    /// <param name="checkpoint">The tensors; it stays open.</param>
    /// <param name="options">How differences are treated. Default: leniently, and no key may have another shape.</param>
    /// <returns>What was loaded and what was not.</returns>
    /// <remarks>
    /// All checks of keys and shapes come before the first tensor is overwritten. A parameter that the model has under
    /// two keys is complete when the checkpoint has either. No more memory is needed than for the largest tensor that
    /// has to be converted.
    /// </remarks>
    /// <exception cref="CheckpointMismatchException">
    /// Keys differ in strict mode; or, in either mode, a shape differs of a key that is not a head's, or not a single
    /// tensor fits.
    /// </exception>
    /// <exception cref="InvalidDataException">
    /// Stored bytes are broken, a value does not fit the model's element type, or the checkpoint has two different
    /// tensors for a parameter that the model shares between two keys. The model may be loaded in part.
    /// </exception>
    public static LoadReport Load(torch.nn.Module module, ICheckpoint checkpoint, LoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(checkpoint);
        options ??= new LoadOptions();
        (string Key, torch.Tensor Tensor)[] state = [.. StateDictOrder.Collect(module, null, null).Select(item => (item.Key, item.Value))];
        ICheckpoint source = BasePrefix.Adapt(checkpoint, state.Select(item => item.Key).ToHashSet(StringComparer.Ordinal), options.BasePrefix);
        Dictionary<string, TensorEntry> entries = source.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        LoadReport report = Compare(state, source, entries, options);
        Check(report, options);

        HashSet<string> loaded = report.Loaded.ToHashSet(StringComparer.Ordinal);
        var filled = new Dictionary<torch.Tensor, string>(ReferenceEqualityComparer.Instance);
        foreach ((string key, torch.Tensor tensor) in state)
        {
            if (!loaded.Contains(key) || !entries.TryGetValue(key, out TensorEntry? entry))
            {
                continue;
            }

            if (filled.TryGetValue(tensor, out string? earlier))
            {
                CheckTie(source, key, earlier, tensor);
            }
            else
            {
                Fill(source, entry, tensor);
                filled.Add(tensor, key);
            }
        }

        foreach (ReshapedKey resized in report.Resized)
        {
            FillRows(source, resized, state.First(item => item.Key == resized.Key).Tensor);
        }

        Warn(report, options);
        return report;
    }

    private static LoadReport Compare((string Key, torch.Tensor Tensor)[] state, ICheckpoint source, Dictionary<string, TensorEntry> entries, LoadOptions options)
    {
        var fitting = new HashSet<string>(StringComparer.Ordinal);
        var converted = new List<ConvertedKey>();
        var reshaped = new List<ReshapedKey>();
        var resized = new List<ReshapedKey>();
        var filled = new HashSet<torch.Tensor>(ReferenceEqualityComparer.Instance);
        foreach ((string key, torch.Tensor tensor) in state)
        {
            if (!entries.TryGetValue(key, out TensorEntry? entry))
            {
                continue;
            }

            if (!Fits(entry, tensor))
            {
                bool rowsDiffer = options.IsRowKey(key) && entry.Shape.Skip(1).SequenceEqual(tensor.shape.Skip(1));
                (rowsDiffer ? resized : reshaped).Add(new ReshapedKey(key, entry.Shape, tensor.shape));
                continue;
            }

            fitting.Add(key);
            filled.Add(tensor);
            if (entry.DType != tensor.dtype)
            {
                converted.Add(new ConvertedKey(key, entry.DType, tensor.dtype));
            }
        }

        HashSet<string> known = state.Select(item => item.Key).ToHashSet(StringComparer.Ordinal);
        return new LoadReport
        {
            Loaded = [.. state.Where(item => fitting.Contains(item.Key) || (!entries.ContainsKey(item.Key) && filled.Contains(item.Tensor))).Select(item => item.Key)],
            Missing = [.. state.Where(item => !entries.ContainsKey(item.Key) && !filled.Contains(item.Tensor)).Select(item => item.Key)],
            Unexpected = [.. source.Entries.Select(entry => entry.Name).Where(name => !known.Contains(name)), .. source.Unreadable.Select(tensor => tensor.Name)],
            Reshaped = reshaped,
            Resized = resized,
            Converted = converted,
            Renamed = source is MappedCheckpoint mapped ? [.. mapped.Renamed.Where(key => known.Contains(key.Key))] : [],
            NamingScheme = (source as MappedCheckpoint)?.NamingScheme,
            Warnings = [.. source.Remarks, .. WarnOfUnreadable(source.Unreadable)],
        };
    }

    private static IEnumerable<string> WarnOfUnreadable(IReadOnlyList<UnreadableTensor> unreadable)
    {
        const int Shown = 10;
        return unreadable.Count == 0 ? []
            : [$"{unreadable.Count} tensor(s) are of types that cannot be read and were left out: {string.Join(", ", unreadable.Take(Shown))}{(unreadable.Count > Shown ? ", …" : string.Empty)}."];
    }

    // Scalars that torch 0.3 wrote have one dimension of one element.
    private static bool Fits(TensorEntry entry, torch.Tensor tensor) =>
        tensor.shape.AsSpan().SequenceEqual([.. entry.Shape]) || (tensor.dim() == 0 && entry.Shape is [1]);

    private static void Check(LoadReport report, LoadOptions options)
    {
        string[] problems =
        [
            .. report.Reshaped.Where(key => !options.IsHeadKey(key.Key)).Select(key => $"the shape of {key}"),
            .. options.Mode == LoadMode.Lenient ? [] : Lacks(report, options),
            .. options.Mode == LoadMode.Strict ? report.Unexpected.Where(key => !options.IsComputedKey(key)).Select(key => $"unexpected {key}") : [],
        ];
        if (problems.Length == 0 && report.Loaded.Count + report.Resized.Count == 0 && report.Missing.Count + report.Reshaped.Count > 0)
        {
            problems =
            [
                $"not one of the model's keys ({report.Missing.Concat(report.Reshaped.Select(key => key.Key)).First()}, …) is in the checkpoint "
                + $"({report.Unexpected.Concat(report.Reshaped.Select(key => key.Key)).FirstOrDefault("no tensor at all")}, …)",
            ];
        }

        if (problems.Length > 0)
        {
            const int Shown = 10;
            string more = problems.Length > Shown ? $"; and {problems.Length - Shown} more" : string.Empty;
            throw new CheckpointMismatchException(
                $"The checkpoint does not fit the model: {string.Join("; ", problems.Take(Shown))}{more}.", report);
        }
    }

    private static IEnumerable<string> Lacks(LoadReport report, LoadOptions options) =>
    [
        .. report.Reshaped.Where(key => options.IsHeadKey(key.Key)).Select(key => $"the shape of {key}"),
        .. report.Resized.Select(key => $"the shape of {key}"),
        .. report.Missing.Where(key => !options.IsComputedKey(key)).Select(key => $"missing {key}"),
    ];

    private static void Fill(ICheckpoint source, TensorEntry entry, torch.Tensor tensor)
    {
        if (entry.DType == tensor.dtype && entry.Shape.Count == tensor.dim())
        {
            source.ReadInto(entry.Name, tensor);
            return;
        }

        using torch.Tensor stored = source.Read(entry.Name);
        TensorConversion.Copy(entry.Name, stored, tensor);
    }

    /// <summary>Copies the rows that both sides have.</summary>
    private static void FillRows(ICheckpoint source, ReshapedKey key, torch.Tensor tensor)
    {
        long rows = Math.Min(key.StoredShape[0], key.ModelShape[0]);
        using var scope = torch.NewDisposeScope();
        using var guard = torch.no_grad();
        TensorConversion.Copy(key.Key, source.Read(key.Key).narrow(0, 0, rows), tensor.narrow(0, 0, rows));
    }

    private static void CheckTie(ICheckpoint source, string key, string earlier, torch.Tensor tensor)
    {
        using torch.Tensor again = torch.empty_like(tensor, requires_grad: false);
        TensorEntry entry = source.Entries.First(candidate => candidate.Name == key);
        Fill(source, entry, again);
        if (!again.allclose(tensor, rtol: 0, atol: 0, equal_nan: true))
        {
            throw new InvalidDataException($"The model shares one parameter between '{earlier}' and '{key}', but the checkpoint has two different tensors for them.");
        }
    }

    private static void Warn(LoadReport report, LoadOptions options)
    {
        foreach (string warning in report.Warnings)
        {
            options.Warning(warning);
        }

        Action<string> expected = options.Information ?? options.Warning;
        Tell("are not in the checkpoint and keep the model's own initial values", report.Missing.Where(key => !options.IsComputedKey(key)));
        ILookup<bool, string> unexpected = report.Unexpected.Where(key => !options.IsComputedKey(key)).ToLookup(options.IsForeignPartKey);
        Tell("are in the checkpoint but not in the model and were left out", unexpected[false]);
        Tell("are of a part of the checkpoint that this model does not have", unexpected[true], expected);
        if (report.Reshaped.Count > 0)
        {
            // Only heads may be of another shape.
            expected($"The checkpoint is of other classes than the model: a new head{(options.LabelCount is { } labels ? $" for {labels} classes" : string.Empty)} was made, which has everything to learn, and all else was taken over. (New: {string.Join(", ", report.Reshaped)}.)");
        }

        Tell("have another number of rows in the checkpoint, of which the first were loaded", report.Resized.Select(key => key.ToString()), expected);

        void Tell(string what, IEnumerable<string> keys, Action<string>? told = null)
        {
            string[] all = [.. keys];
            if (all.Length > 0)
            {
                (told ?? options.Warning)($"{all.Length} keys {what}: {string.Join(", ", all)}.");
            }
        }
    }
}
