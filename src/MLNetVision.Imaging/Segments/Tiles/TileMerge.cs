using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Segments.Tiles;

/// <summary>Puts the segments of overlapping tiles together.</summary>
internal sealed class TileMerge(int height, int width, SegmentationTask task)
{
    private const double LeastAgreement = 0.5;

    private readonly List<(PictureTile Tile, int First, int End)> _tiles = [];
    private readonly List<Part> _parts = [];

    public void Add(PictureTile tile, SegmentationResult result)
    {
        int first = _parts.Count;
        foreach (PredictedSegment segment in result.Segments.Where(segment => !segment.Mask.IsEmpty))
        {
            RunLengthMask mask = RunPlacement.Place(segment.Mask, tile.Left, tile.Top, height, width);
            _parts.Add(new Part(segment, tile, mask, _parts.Count));
        }

        foreach ((PictureTile other, int from, int to) in _tiles)
        {
            (int left, int top, int right, int bottom) =
                (Math.Max(tile.Left, other.Left), Math.Max(tile.Top, other.Top), Math.Min(tile.Right, other.Right), Math.Min(tile.Bottom, other.Bottom));
            if (left < right && top < bottom)
            {
                Connect(RunPlacement.Rectangle(left, top, right, bottom, height, width), (from, to), (first, _parts.Count));
            }
        }

        _tiles.Add((tile, first, _parts.Count));
    }

    public SegmentationResult ToResult()
    {
        ConnectClasses();
        IGrouping<int, Part>[] groups = [.. _parts.GroupBy(part => Root(part.Group))];
        var masks = task == SegmentationTask.Instance ? groups.ToDictionary(group => group.Key, group => Union(group, part => part.Mask)) : Divide(groups);
        IEnumerable<PredictedSegment> segments = groups.Where(group => masks.TryGetValue(group.Key, out RunLengthMask? mask) && !mask.IsEmpty).Select(group => new PredictedSegment(
            0, group.First().Segment.LabelId, (float)(group.Sum(part => part.Segment.Score * part.Mask.Area) / group.Sum(part => (double)part.Mask.Area)), masks[group.Key],
            group.Any(part => part.Segment.WasFused)));
        segments = task switch
        {
            SegmentationTask.Instance => segments.OrderByDescending(segment => segment.Score),
            SegmentationTask.Semantic => segments.OrderBy(segment => segment.LabelId),
            _ => segments,
        };
        return new SegmentationResult(height, width, [.. segments.Select((segment, i) => segment with { Id = i + 1 })]);
    }

    // Where two tiles overlap, an object of the one is the object of the other that agrees with it most.
    private void Connect(RunLengthMask common, (int From, int To) ones, (int From, int To) others)
    {
        var pairs = new List<(double Agreement, int One, int Other)>();
        Dictionary<int, RunLengthMask> inside = Enumerable.Range(ones.From, ones.To - ones.From).Concat(Enumerable.Range(others.From, others.To - others.From))
            .ToDictionary(i => i, i => RunLengthMask.Intersection(_parts[i].Mask, common));
        for (int one = ones.From; one < ones.To; one++)
        {
            for (int other = others.From; other < others.To; other++)
            {
                if (_parts[one].Segment.LabelId == _parts[other].Segment.LabelId)
                {
                    long both = inside[one].IntersectionArea(inside[other]);
                    double agreement = both == 0 ? 0 : (double)both / (inside[one].Area + inside[other].Area - both);
                    if (agreement >= LeastAgreement)
                    {
                        pairs.Add((agreement, one, other));
                    }
                }
            }
        }

        var taken = new HashSet<int>();
        foreach ((_, int one, int other) in pairs.OrderByDescending(pair => pair.Agreement))
        {
            if (!taken.Contains(one) && !taken.Contains(other))
            {
                taken.Add(one);
                taken.Add(other);
                Join(one, other);
            }
        }
    }

    private void ConnectClasses()
    {
        foreach (IGrouping<int, Part> parts in _parts.Where(part => task == SegmentationTask.Semantic || part.Segment.WasFused).GroupBy(part => part.Segment.LabelId))
        {
            foreach (Part part in parts.Skip(1))
            {
                Join(parts.First().Number, part.Number);
            }
        }
    }

    /// <summary>Each pixel to one group: first every tile's own pixels, then what is left to who claims it from beyond.</summary>
    private Dictionary<int, RunLengthMask> Divide(IGrouping<int, Part>[] groups)
    {
        Dictionary<PictureTile, RunLengthMask> cores = _tiles.ToDictionary(
            item => item.Tile, item => RunPlacement.Rectangle(item.Tile.CoreLeft, item.Tile.CoreTop, item.Tile.CoreRight, item.Tile.CoreBottom, height, width));
        var masks = groups.ToDictionary(group => group.Key, group => Union(group, part => RunLengthMask.Intersection(part.Mask, cores[part.Tile])));
        RunLengthMask taken = masks.Count == 0 ? RunLengthMask.Empty(height, width) : RunLengthMask.Union([.. masks.Values]);
        foreach (IGrouping<int, Part> group in groups)
        {
            RunLengthMask rest = Union(group, part => part.Mask).Except(taken);
            if (!rest.IsEmpty)
            {
                masks[group.Key] = RunLengthMask.Union(masks[group.Key], rest);
                taken = RunLengthMask.Union(taken, rest);
            }
        }

        return masks;
    }

    private static RunLengthMask Union(IEnumerable<Part> parts, Func<Part, RunLengthMask> mask) => RunLengthMask.Union([.. parts.Select(mask)]);

    private int Root(int group)
    {
        while (_parts[group].Group != group)
        {
            group = _parts[group].Group;
        }

        return group;
    }

    private void Join(int one, int other)
    {
        (int first, int second) = (Root(one), Root(other));
        _parts[Math.Max(first, second)].Group = Math.Min(first, second);
    }

    /// <summary>A segment of a tile in the whole picture.</summary>
    private sealed class Part(PredictedSegment segment, PictureTile tile, RunLengthMask mask, int number)
    {
        public PredictedSegment Segment => segment;

        public PictureTile Tile => tile;

        public RunLengthMask Mask => mask;

        public int Number { get; } = number;

        /// <summary>A part of the same object, in the end the first; itself, if it is the first.</summary>
        public int Group { get; set; } = number;
    }
}
