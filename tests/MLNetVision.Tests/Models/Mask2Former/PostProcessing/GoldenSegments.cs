using System.Text.Json;
using MLNetVision.Imaging.Segments;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Mask2Former.PostProcessing;

/// <summary>Compares segments with a golden's as a set: by class, score and pixels, since their order is unspecified.</summary>
internal static class GoldenSegments
{
    private sealed record Expected(int Id, int Label, bool WasFused, double LeastScore, double LargestScore);

    /// <summary>Pairs actual with expected segments by class and score, and of equals by pixels.</summary>
    /// <returns>Actual to expected id.</returns>
    public static IReadOnlyDictionary<int, int> Match(GoldenCase golden, int image, SegmentationResult actual, GoldenMap? map = null)
    {
        int[] ids = actual.ToIdMap();
        return Match(golden, image, actual, (segment, expected) =>
            map?.Positions().Count(position => ids[position] == segment.Id && map.Value(position) == expected.Id) ?? 0);
    }

    /// <summary>Compares a stack of binary maps, one a segment.</summary>
    public static void AssertPlanes(GoldenCase golden, int image, GoldenMap map, SegmentationResult actual)
    {
        int pixels = map.Height * map.Width;
        Dictionary<int, byte[]> masks = actual.Segments.ToDictionary(segment => segment.Id, segment => segment.Mask.ToRowMajor());
        IReadOnlyDictionary<int, int> expectedIdOf = Match(golden, image, actual, (segment, expected) =>
            map.Positions().Count(position => position / pixels == expected.Id && masks[segment.Id][position % pixels] == map.Value(position)));
        Dictionary<int, int> actualIdOf = expectedIdOf.ToDictionary(pair => pair.Value, pair => pair.Key);
        map.AssertPixels(position => masks[actualIdOf[position / pixels]][position % pixels] == map.Value(position));
    }

    /// <summary>Compares with Hugging Face's run lists: row-major, counted from 1, the background's first where there is one.</summary>
    public static void AssertRowMajorRuns(JsonElement lists, SegmentationResult actual)
    {
        int[] map = actual.ToIdMap();
        var left = map.Distinct().ToHashSet();
        foreach (JsonElement list in lists.EnumerateArray())
        {
            int[] numbers = [.. list.EnumerateArray().Select(number => number.GetInt32())];
            var covered = new HashSet<int>();
            for (int i = 0; i < numbers.Length; i += 2)
            {
                covered.UnionWith(Enumerable.Range(numbers[i] - 1, numbers[i + 1]));
            }

            int id = covered.Select(position => map[position]).GroupBy(value => value).MaxBy(group => group.Count())!.Key;
            Assert.IsTrue(left.Remove(id), $"Two lists fit segment {id}.");
            int different = Enumerable.Range(0, map.Length).Count(position => (map[position] == id) != covered.Contains(position));
            Assert.IsLessThanOrEqualTo(2, different);
        }

        Assert.IsEmpty(left);
    }

    private static Dictionary<int, int> Match(GoldenCase golden, int image, SegmentationResult actual, Func<PredictedSegment, Expected, int> commonPixels)
    {
        JsonElement info = golden.Expected($"segments_info.{image}");
        double tolerance = info.GetProperty("score_tolerance").GetDouble();
        List<Expected> left = [.. info.GetProperty("segments").EnumerateArray().Select(Read)];
        Assert.HasCount(left.Count, actual.Segments, $"{golden.Name}, picture {image}");
        var matches = new Dictionary<int, int>();
        foreach (PredictedSegment segment in actual.Segments)
        {
            Expected? best = left
                .Where(expected => expected.Label == segment.LabelId && expected.WasFused == segment.WasFused
                    && segment.Score >= expected.LeastScore - tolerance && segment.Score <= expected.LargestScore + tolerance)
                .MaxBy(expected => commonPixels(segment, expected));
            Assert.IsNotNull(best, $"{golden.Name}, picture {image}: no expected segment is like class {segment.LabelId}, score {segment.Score}.");
            left.Remove(best);
            matches[segment.Id] = best.Id;
        }

        return matches;
    }

    private static Expected Read(JsonElement segment)
    {
        double[] scores = segment.TryGetProperty("scores", out JsonElement list)
            ? [.. list.EnumerateArray().Select(score => score.GetDouble())]
            : [segment.GetProperty("score").GetDouble()];
        return new Expected(
            segment.GetProperty("id").GetInt32(), segment.GetProperty("label_id").GetInt32(), segment.GetProperty("was_fused").GetBoolean(), scores.Min(), scores.Max());
    }
}
