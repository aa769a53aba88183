using System.Globalization;
using Microsoft.ML;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Conformance;

/// <summary>Models that released versions wrote load for ever, and score as they did then.</summary>
[TestClass]
public sealed class ReleasedModelTests
{
    private static string Fixtures => Path.Combine(Goldens.RepositoryFolder(), "tests", "fixtures");

    /// <summary>One folder a version: model.zip, and scores.txt with a row for each of the first conformance pictures.</summary>
    public static IEnumerable<object[]> Released => Directory.EnumerateDirectories(Fixtures).Order(StringComparer.Ordinal).Select(folder => new object[] { Path.GetFileName(folder) });

    [TestMethod, DynamicData(nameof(Released))]
    public void Model_OfAReleasedVersion_StillScoresTheSame(string version)
    {
        string folder = Path.Combine(Fixtures, version);
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(Path.Combine(folder, "model.zip"), out DataViewSchema schema);
        Assert.IsNotNull(schema.GetColumnOrNull("Image"));
        float[][] expected = [.. File.ReadLines(Path.Combine(folder, "scores.txt")).Select(line => line.Split(' ').Select(text => float.Parse(text, CultureInfo.InvariantCulture)).ToArray())];
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, expected.Length).Select(ConformanceData.PathRow));
        List<object?[]> actual = ViewReader.ReadAll(model.Transform(data), "Score");
        ViewReader.AssertEqual([.. expected.Select(row => new object?[] { row })], actual, version, tolerance: 5e-6);
    }
}
