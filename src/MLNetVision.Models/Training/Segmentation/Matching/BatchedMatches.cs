using MLNetVision.Models.Training.Segmentation.Targets;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Matching;

/// <summary>
/// A step's matches as indices on the device, brought there in one copy. Layers come in reverse order, the final one first:
/// the order in which their loss points are drawn.
/// </summary>
internal sealed class BatchedMatches
{
    private readonly HostNumbers _numbers = new();
    private readonly (int First, int Count) _queries;
    private readonly (int First, int Count) _rows;
    private readonly (int First, int Count) _classes;
    private readonly (int First, int Count) _masks;
    private readonly (int First, int Count) _ignored;
    private readonly int _images;
    private readonly int _most;
    private readonly long _queryCount;

    /// <param name="matchings">[layer][image]; the layers of an image match equally many queries.</param>
    /// <param name="targets">What they are matched to.</param>
    /// <param name="masks">The same targets' masks.</param>
    /// <param name="queryCount">How many queries the model has.</param>
    /// <param name="noObject">The class of queries without a target.</param>
    /// <param name="device">Where the predictions are.</param>
    public BatchedMatches(Assignment[][] matchings, SegmentationTargets targets, BatchedMasks masks, long queryCount, long noObject, Device device)
    {
        (Layers, _images, _queryCount) = (matchings.Length, matchings[0].Length, queryCount);
        Count = matchings[0].Sum(image => image.Count);
        _most = matchings[0].Max(image => image.Count);
        Assignment[][] reversed = [.. matchings.Reverse()];
        List<long> queries = [], rows = [];
        var classes = new long[_images * Layers * queryCount];
        Array.Fill(classes, noObject);
        List<MaskNumbers> places = [], ignored = [];
        for (int image = 0; image < _images; image++)
        {
            for (int layer = 0; layer < Layers; layer++)
            {
                long first = (image * Layers + layer) * queryCount;
                Assignment pairs = reversed[layer][image];
                queries.AddRange(Enumerable.Range(0, _most).Select(i => first + (i < pairs.Count ? pairs.Rows[i] : 0)));
                for (int i = 0; i < pairs.Count; i++)
                {
                    classes[first + pairs.Rows[i]] = targets.Images[image].Classes[pairs.Columns[i]];
                }
            }
        }

        for (int layer = 0; layer < Layers; layer++)
        {
            for (int image = 0; image < _images; image++)
            {
                Assignment pairs = reversed[layer][image];
                for (int i = 0; i < pairs.Count; i++)
                {
                    rows.Add((long)(image * Layers + layer) * _most + i);
                    places.Add(masks.Place(image, pairs.Columns[i]));
                    ignored.Add(masks.PlaceIgnored(image));
                }
            }
        }

        _queries = _numbers.Add(queries);
        _rows = _numbers.Add(rows);
        _classes = _numbers.Add(classes);
        _masks = _numbers.Add(places);
        _ignored = _numbers.Add(ignored);
        _numbers.CopyTo(device);
    }

    /// <summary>The number of layers.</summary>
    public int Layers { get; }

    /// <summary>The number of matches of a layer, all images together.</summary>
    public int Count { get; }

    /// <summary>(batch, layers, queries): the class of each query's target, or "no object".</summary>
    public Tensor Classes => _numbers.Get(_classes, _images, Layers, _queryCount);

    /// <summary>Where the targets of some layers' matches are, (layers · matches, 1).</summary>
    public MaskPlaces Places(int layer, int count) => Some(_numbers.Places(_masks, Layers * Count, 1), layer, count);

    /// <summary>Where the ignored pixels of their images are, (layers · matches, 1).</summary>
    public MaskPlaces PlacesIgnored(int layer, int count) => Some(_numbers.Places(_ignored, Layers * Count, 1), layer, count);

    /// <summary>Makes the matched queries' masks, the only ones of a training step at full resolution.</summary>
    /// <param name="features">(batch, channels, height, width).</param>
    /// <param name="embeddings">(batch, layers, queries, channels).</param>
    /// <returns>(layers · matches, height, width) float32 with gradient.</returns>
    public Tensor Masks(Tensor features, Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        (long channels, long height, long width) = (features.shape[1], features.shape[2], features.shape[3]);
        long perImage = (long)Layers * _most;
        Tensor matched = embeddings.reshape(-1, channels).index_select(0, _numbers.Get(_queries, _images * perImage)).view(_images, perImage, channels);
        Tensor filled = matched.to(float32).bmm(features.to(float32).flatten(2)); // images of few matches are filled up
        return filled.view(_images * perImage, height * width).index_select(0, _numbers.Get(_rows, Layers * Count)).view((long)Layers * Count, height, width).MoveToOuterDisposeScope();
    }

    private MaskPlaces Some(MaskPlaces all, int layer, int count)
    {
        return new MaskPlaces(Part(all.Offset), Part(all.RowBytes), Part(all.Height), Part(all.Width));

        Tensor Part(Tensor numbers) => numbers.narrow(0, (long)layer * Count, (long)count * Count);
    }
}
