using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Augmentation;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Segmentation.Loading;

/// <summary>Loads the data sets of tests/cases/people, whose folders say what comes out.</summary>
[TestClass]
public sealed class CaseTests
{
    private sealed record DataSet(
        string Form, string Images, string? File, string? Masks, string[]? Names, string? ImageSuffix, string? MaskSuffix, Dictionary<int, string>? Values,
        Dictionary<string, string>? Colors, int[]? Segments, string[]? Classes, double[]? Areas, int[][]? Sizes, string[]? Reported, string[]? Error);

    /// <summary>What rows of masks and of boxes both have.</summary>
    private sealed class Row
    {
        public uint[] Label { get; set; } = [];

        public double[] Area { get; set; } = [];

        public int[] ImageSize { get; set; } = [];
    }

    public static IEnumerable<object[]> Folders => Directory.EnumerateDirectories(Cases.Folder("people")).Order(StringComparer.Ordinal).Select(folder => new object[] { Path.GetFileName(folder) });

    [TestMethod]
    [DynamicData(nameof(Folders))]
    public void Load_Folder_GivesWhatItSays(string name)
    {
        string folder = Path.Combine(Cases.Folder("people"), name);
        var sets = JsonSerializer.Deserialize<DataSet[]>(File.ReadAllText(folder + ".json"), JsonSerializerOptions.Web)!;
        Assert.IsNotEmpty(sets);
        foreach ((int index, DataSet set) in sets.Index())
        {
            Check(folder, set, $"{name}, data set {index}");
        }
    }

    private static void Check(string folder, DataSet set, string name)
    {
        var ml = new MLContext(seed: 1);
        var found = new List<BadRecord>();
        var options = new SegmentationLoadOptions { BadRecordFound = found.Add };
        if (set.Error is { } words)
        {
            string message = Assert.ThrowsExactly<InvalidDataException>(() => Rows(ml, Load(ml, folder, set, options)), name).Message;
            Assert.IsTrue(words.All(word => message.Contains(word, StringComparison.Ordinal)), $"{name}: {message}");
            Assert.IsNotEmpty(found, name);
            return;
        }

        IDataView data = Load(ml, folder, set, options);
        Row[] rows = Rows(ml, data);
        string said = string.Join("; ", found);
        CollectionAssert.AreEqual(set.Segments, rows.Select(row => row.Label.Length).ToArray(), $"{name}: {said}");
        VBuffer<ReadOnlyMemory<char>> classes = default;
        data.Schema[SegmentationColumns.Label].GetKeyValues(ref classes);
        CollectionAssert.AreEqual(set.Classes ?? set.Names, classes.DenseValues().Select(value => value.ToString()).ToArray(), name);
        if (set.Areas is { } areas)
        {
            CollectionAssert.AreEqual(areas, rows.SelectMany(row => row.Area).ToArray(), name);
        }

        for (int i = 0; i < set.Sizes?.Length; i++)
        {
            CollectionAssert.AreEqual(set.Sizes[i], rows[i].ImageSize, name);
        }

        Assert.AreEqual(set.Reported?.Length > 0, found.Count > 0, $"{name}: {said}");
        Assert.IsTrue((set.Reported ?? []).All(word => said.Contains(word, StringComparison.Ordinal)), $"{name}: {said}");
    }

    private static Row[] Rows(MLContext ml, IDataView data) => [.. ml.Data.CreateEnumerable<Row>(data, reuseRowObject: false)];

    private static IDataView Load(MLContext ml, string folder, DataSet set, SegmentationLoadOptions options)
    {
        string images = Path.Combine(folder, set.Images);
        string Here(string? path) => Path.Combine(folder, path!);
        return set.Form switch
        {
            "instances" => ml.Data.LoadFromCocoInstances(Here(set.File), images, options),
            "boxes" => ml.Data.LoadFromCocoBoxes(Here(set.File), images, options),
            "panoptic" => ml.Data.LoadFromCocoPanoptic(Here(set.File), images, Here(set.Masks), options),
            "labelme" => ml.Data.LoadFromLabelme(images, options),
            _ => ml.Data.LoadFromSemanticMasks(images, Here(set.Masks), set.Names!, new SemanticMaskOptions
            {
                ImageSuffix = set.ImageSuffix ?? string.Empty,
                MaskSuffix = set.MaskSuffix ?? string.Empty,
                Values = set.Values,
                Colors = set.Colors?.ToDictionary(item => Color(item.Key), item => item.Value),
            }, options),
        };
    }

    private static RgbColor Color(string text) => text.Split(',').Select(byte.Parse).ToArray() is [var red, var green, var blue] ? new RgbColor(red, green, blue) : throw new FormatException(text);
}
