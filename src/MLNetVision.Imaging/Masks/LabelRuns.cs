namespace MLNetVision.Imaging.Masks;

/// <summary>
/// A label for every pixel, as runs down the columns: the form in which label maps and sets of masks without overlaps
/// are compared, without a pixel being touched.
/// </summary>
internal sealed class LabelRuns
{
    private readonly int[] _ends;
    private readonly int[] _labels;

    private LabelRuns(int[] ends, int[] labels, int height, int width)
    {
        _ends = ends;
        _labels = labels;
        Height = height;
        Width = width;
    }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Reads a row-major label map.</summary>
    /// <exception cref="ArgumentException">The map has not height · width labels.</exception>
    public static LabelRuns FromRowMajor(ReadOnlySpan<int> map, int height, int width)
    {
        int pixels = RunLengthMask.PixelCount(height, width);
        if (map.Length != pixels)
        {
            throw new ArgumentException($"A label map of height {height} and width {width} needs {pixels} labels; {map.Length} came.", nameof(map));
        }

        if (pixels == 0)
        {
            return new LabelRuns([], [], height, width);
        }

        using var changes = new PositionList(4 * width);
        TransitionScan.RowMajor(map, height, width, map[0], changes);
        int[] ends = new int[changes.Count + 1];
        int[] labels = new int[ends.Length];
        changes.Items.CopyTo(ends);
        ends[^1] = pixels;
        int start = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            labels[i] = map[start % height * width + start / height];
            start = ends[i];
        }

        return new LabelRuns(ends, labels, height, width);
    }

    /// <summary>Lays masks beside each other; mask i gives its pixels <c>labels[i]</c>, the rest gets <paramref name="background"/>.</summary>
    /// <exception cref="ArgumentException">Masks differ in size from the image, or masks of different labels overlap; the message gives their indices.</exception>
    public static LabelRuns FromMasks(ReadOnlySpan<RunLengthMask> masks, ReadOnlySpan<int> labels, int background, int height, int width)
    {
        int total = 0;
        for (int i = 0; i < masks.Length; i++)
        {
            if (masks[i].Height != height || masks[i].Width != width)
            {
                throw new ArgumentException($"Mask {i} is {masks[i].Height} x {masks[i].Width}, where the image is {height} x {width} (height x width).", nameof(masks));
            }

            total += masks[i].Runs.Length / 2;
        }

        // Start and mask in one key: sorting by it sorts by start.
        long[] keys = new long[total];
        int[] runEnds = new int[total];
        int count = 0;
        for (int i = 0; i < masks.Length; i++)
        {
            ReadOnlySpan<int> runs = masks[i].Runs;
            for (int r = 0; r < runs.Length; r += 2)
            {
                runEnds[count] = runs[r + 1];
                keys[count++] = ((long)runs[r] << 32) | (uint)i;
            }
        }

        Array.Sort(keys, runEnds);
        var builder = new Builder(2 * total + 1, background);
        for (int k = 0; k < total; k++)
        {
            builder.Add((int)(keys[k] >> 32), runEnds[k], labels[(int)keys[k]], (int)keys[k]);
        }

        return builder.Finish(height, width);
    }

    /// <summary>The mask of each label, in ascending order of the labels, except <paramref name="ignored"/>.</summary>
    public SortedDictionary<int, RunLengthMask> ToMasks(int? ignored)
    {
        var runsOf = new SortedDictionary<int, List<int>>();
        int start = 0;
        for (int i = 0; i < _ends.Length; i++)
        {
            if (_labels[i] != ignored)
            {
                if (!runsOf.TryGetValue(_labels[i], out List<int>? runs))
                {
                    runsOf.Add(_labels[i], runs = []);
                }

                runs.Add(start);
                runs.Add(_ends[i]);
            }

            start = _ends[i];
        }

        var masks = new SortedDictionary<int, RunLengthMask>();
        foreach ((int label, List<int> runs) in runsOf)
        {
            masks.Add(label, RunLengthMask.FromRuns([.. runs], Height, Width));
        }

        return masks;
    }

    /// <summary>Adds the pixels of every pair of labels to a matrix [label here, label there] with <paramref name="columns"/> columns.</summary>
    /// <exception cref="ArgumentException">The two differ in size.</exception>
    public void CountPairs(LabelRuns other, Span<long> matrix, int columns)
    {
        if (other.Height != Height || other.Width != Width)
        {
            throw new ArgumentException($"Two label maps of one image differ in size: {Height} x {Width} and {other.Height} x {other.Width} (height x width).", nameof(other));
        }

        int position = 0;
        int i = 0;
        int j = 0;
        while (i < _ends.Length)
        {
            int end = Math.Min(_ends[i], other._ends[j]);
            matrix[_labels[i] * columns + other._labels[j]] += end - position;
            position = end;
            i += _ends[i] == end ? 1 : 0;
            j += other._ends[j] == end ? 1 : 0;
        }
    }

    /// <summary>The same runs with other labels.</summary>
    public LabelRuns Relabel(Func<int, int> relabel)
    {
        int[] labels = new int[_labels.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = relabel(_labels[i]);
        }

        return new LabelRuns(_ends, labels, Height, Width);
    }

    /// <summary>Collects runs in ascending order of their start.</summary>
    private sealed class Builder(int capacity, int background)
    {
        private readonly List<int> _ends = new(capacity);
        private readonly List<int> _labels = new(capacity);
        private int _position;
        private int _lastMask = -1;

        public void Add(int start, int end, int label, int mask)
        {
            if (start < _position)
            {
                if (_labels[^1] != label)
                {
                    throw new ArgumentException($"Segments {_lastMask} and {mask} overlap; segments of different labels must not share a pixel here.");
                }

                // Two masks of one label may overlap: their union counts.
                if (end > _position)
                {
                    _ends[^1] = _position = end;
                    _lastMask = mask;
                }

                return;
            }

            if (start > _position)
            {
                _ends.Add(start);
                _labels.Add(background);
            }

            _ends.Add(end);
            _labels.Add(label);
            _position = end;
            _lastMask = mask;
        }

        public LabelRuns Finish(int height, int width)
        {
            int pixels = height * width;
            if (_position < pixels)
            {
                _ends.Add(pixels);
                _labels.Add(background);
            }

            return new LabelRuns([.. _ends], [.. _labels], height, width);
        }
    }
}
