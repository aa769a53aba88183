using System.Text.Json;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Tests.Imaging.Metrics;

/// <summary>Turns the COCO JSON of a golden into images with segments.</summary>
internal sealed class CocoGolden(JsonElement categories)
{
    private readonly int[] _ids = [.. categories.EnumerateArray().Select(category => category.GetProperty("id").GetInt32()).Order()];

    public sealed record Image(long Id, List<Segment> Truth, List<Segment> Prediction);

    public IReadOnlyList<int> CategoryIds => _ids;

    public string[] Names => [.. _ids.Select(id => $"class {id}")];

    public bool[] IsThing => [.. _ids.Select(id => categories.EnumerateArray().Single(category => category.GetProperty("id").GetInt32() == id).GetProperty("isthing").GetInt32() != 0)];

    public int ClassOf(JsonElement annotation) => Array.IndexOf(_ids, annotation.GetProperty("category_id").GetInt32());

    public List<Image> Instances(JsonElement groundTruth, JsonElement results, bool boxes)
    {
        var sizes = groundTruth.GetProperty("images").EnumerateArray()
            .ToDictionary(image => image.GetProperty("id").GetInt64(), image => (image.GetProperty("height").GetInt32(), image.GetProperty("width").GetInt32()));
        var images = sizes.Keys.ToDictionary(id => id, id => new Image(id, [], []));
        foreach (JsonElement annotation in groundTruth.GetProperty("annotations").EnumerateArray())
        {
            ImageOf(annotation).Truth.Add(ToSegment(annotation) with
            {
                IsCrowd = annotation.GetProperty("iscrowd").GetInt32() != 0,
                Area = annotation.GetProperty("area").GetDouble(),
            });
        }

        foreach (JsonElement result in results.EnumerateArray())
        {
            ImageOf(result).Prediction.Add(ToSegment(result) with { Score = result.GetProperty("score").GetDouble() });
        }

        return [.. images.Values];

        Image ImageOf(JsonElement entry) => images[entry.GetProperty("image_id").GetInt64()];

        Segment ToSegment(JsonElement entry)
        {
            (int height, int width) = sizes[entry.GetProperty("image_id").GetInt64()];
            return new Segment
            {
                Class = ClassOf(entry),
                Mask = boxes ? null : CocoSegmentation.Read(entry.GetProperty("segmentation"), height, width),
                Box = boxes ? ToBox(entry.GetProperty("bbox")) : null,
            };
        }
    }

    public List<Segment> Panoptic(int[] map, int height, int width, JsonElement segments, string source)
    {
        JsonElement[] infos = [.. segments.EnumerateArray()];
        IReadOnlyList<RunLengthMask> masks = PanopticIdMap.ToMasks(map, height, width, [.. infos.Select(info => info.GetProperty("id").GetInt32())], source);
        return [.. infos.Zip(masks, (info, mask) => new Segment
        {
            Class = ClassOf(info),
            Mask = mask,
            IsCrowd = info.TryGetProperty("iscrowd", out JsonElement crowd) && crowd.GetInt32() != 0,
            Area = info.TryGetProperty("area", out JsonElement area) ? area.GetDouble() : null,
        })];
    }

    private static BoundingBox ToBox(JsonElement box) => new(box[0].GetDouble(), box[1].GetDouble(), box[2].GetDouble(), box[3].GetDouble());
}
