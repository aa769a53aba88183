using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Conformance;

/// <summary>The same twelve pictures, labels and other columns, with the pictures in each of the three forms.</summary>
internal static class ConformanceData
{
    public const int Rows = 12;
    private static readonly string[] Names = ["cat", "dog", "owl"];

    private static readonly Lazy<string[]> Paths = new(() => [.. Enumerable.Range(0, Rows).Select(i => TestPictures.Save(i, RunFolder.Shared($"conformance/{i}.png")))]);

    private static readonly Lazy<MLImage[]> Images = new(() => [.. Enumerable.Range(0, Rows).Select(TestPictures.Create)]);

    /// <summary>The pictures that the rows with pixels lend; nobody may dispose of them.</summary>
    public static IReadOnlyList<MLImage> LentImages => Images.Value;

    public static string PathOf(int row) => Paths.Value[row];

    public static IDataView Create(MLContext ml, PictureForm form, int rows = Rows)
    {
        IDataView data = form switch
        {
            PictureForm.Pixels => ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(PixelRow)),
            PictureForm.Encoded => ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(EncodedRow)),
            _ => ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(PathRow)),
        };
        return AddKeys(ml, data);
    }

    public static PathInput PathRow(int i) => Fill(new PathInput { Image = Paths.Value[i] }, i);

    public static EncodedInput EncodedRow(int i) => Fill(new EncodedInput { Image = File.ReadAllBytes(Paths.Value[i]) }, i);

    public static PixelInput PixelRow(int i) => Fill(new PixelInput { Image = Images.Value[i] }, i);

    /// <summary>Adds Label (text values) and NumberKey (numbers as values) from the columns Name and Number.</summary>
    public static IDataView AddKeys(MLContext ml, IDataView data)
    {
        IEstimator<ITransformer> keys = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Input.Name))
            .Append(ml.Transforms.Conversion.MapValueToKey("NumberKey", nameof(Input.Number)));
        return keys.Fit(data).Transform(data);
    }

    public static T Fill<T>(T row, int i)
        where T : Input
    {
        row.Id = i;
        row.Name = Names[i % Names.Length];
        row.Number = ((i % Names.Length) + 1) * 10;
        row.SmallKey = (byte)(i % Names.Length);
        row.Vector = [.. Enumerable.Range(0, i % 3).Select(k => (float)(i + k))];
        return row;
    }

    internal abstract class Input
    {
        public int Id { get; set; }

        public string Name { get; set; } = string.Empty;

        public int Number { get; set; }

        /// <summary>The key less one; 255 for the missing key.</summary>
        [KeyType(3)]
        public byte SmallKey { get; set; }

        public float[] Vector { get; set; } = [];
    }

    internal sealed class PathInput : Input
    {
        public string Image { get; set; } = string.Empty;
    }

    internal sealed class EncodedInput : Input
    {
        public byte[] Image { get; set; } = [];
    }

    internal sealed class PixelInput : Input
    {
        // Not the pictures' true size: what is declared does not matter.
        [ImageType(64, 64)]
        public MLImage Image { get; set; } = null!;
    }
}
