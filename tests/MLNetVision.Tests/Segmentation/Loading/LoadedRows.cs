using Microsoft.ML;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Segmentation.Loading;

/// <summary>Loads small files that tests write, without pictures unless they ask for them, and tells what was left out.</summary>
public abstract class LoadedRows
{
    private protected const string Square = "[[10,10,20,10,20,20,10,20]]";

    private protected MLContext Ml { get; } = new(seed: 1);

    private protected (Row[] Rows, BadRecord[] Bad) Coco(TemporaryFolder folder, string images, params string[] annotations) => Coco(folder, images, annotations, """{"id":1,"name":"a"}""");

    private protected (Row[] Rows, BadRecord[] Bad) Coco(TemporaryFolder folder, string images, string[] annotations, string categories)
    {
        File.WriteAllText(folder["coco.json"], $$"""{"images":[{{images}}],"annotations":[{{string.Join(',', annotations)}}],"categories":[{{categories}}]}""");
        return Rows(options => Ml.Data.LoadFromCocoInstances(folder["coco.json"], folder.Path, options));
    }

    private protected (Row[] Rows, BadRecord[] Bad) Rows(
        Func<SegmentationLoadOptions, IDataView> load, bool requireImages = false, BadRecordPolicy policy = BadRecordPolicy.Skip, ExifOrientation orientation = ExifOrientation.Apply)
    {
        var bad = new List<BadRecord>();
        IDataView data = load(new SegmentationLoadOptions { RequireImages = requireImages, BadRecords = policy, BadRecordFound = bad.Add, Orientation = orientation });
        Row[] rows = [.. Ml.Data.CreateEnumerable<Row>(data, reuseRowObject: false)];
        return (rows, [.. bad]);
    }

    private protected static string Images(params string[] names) => string.Join(',', names.Select((name, i) => $$"""{"id":{{i + 1}},"file_name":"{{name}}","width":60,"height":40}"""));

    private protected static string Annotation(int image) => $$"""{"id":{{image}},"image_id":{{image}},"category_id":1,"segmentation":{{Square}}}""";

    /// <summary>The row with keys as they are.</summary>
    private protected sealed class Row
    {
        public string Image { get; set; } = string.Empty;

        public long ImageId { get; set; }

        public int[] ImageSize { get; set; } = [];

        public uint[] Label { get; set; } = [];

        public string[] Masks { get; set; } = [];

        public float[] BoundingBoxes { get; set; } = [];

        public bool[] IsCrowd { get; set; } = [];

        public double[] Area { get; set; } = [];

        public RunLengthMask Mask(int segment) => RunLengthMask.FromCompressed(Masks[segment], ImageSize[0], ImageSize[1]);
    }
}
