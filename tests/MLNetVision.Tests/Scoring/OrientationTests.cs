using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Segments;
using MLNetVision.Levit;
using MLNetVision.Mask2Former;
using MLNetVision.Segmentation.Saving;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Support;
using Microsoft.ML;
using Microsoft.ML.Data;
using SkiaSharp;

namespace MLNetVision.Tests.Scoring;

/// <summary>Photos with an EXIF orientation, and pictures that cannot be read, from a loader through a model to figures, reports and files.</summary>
[TestClass]
public sealed class OrientationTests
{
    private readonly MLContext _ml = new(seed: 1);

    private sealed class PathRow
    {
        public string Image { get; set; } = string.Empty;
    }

    private sealed class BytesRow
    {
        public byte[] Image { get; set; } = [];
    }

    private sealed class SizeRow
    {
        public int[] ImageSize { get; set; } = [];
    }

    [TestMethod]
    public void ApplyMask2Former_TurnedPhoto_ComesUprightUnlessTheOptionsSayAsStored()
    {
        using var folder = new TemporaryFolder();
        byte[] photo = TurnedPhoto(40, 24);
        File.WriteAllBytes(folder["a.jpg"], photo);
        IDataView paths = _ml.Data.LoadFromEnumerable([new PathRow { Image = folder["a.jpg"] }]);
        IDataView bytes = _ml.Data.LoadFromEnumerable([new BytesRow { Image = photo }]);
        foreach ((ExifOrientation orientation, int[] size) in new[] { (ExifOrientation.Apply, new[] { 40, 24 }), (ExifOrientation.Ignore, [24, 40]) })
        {
            using Mask2FormerTransformer model = _ml.Transforms.ApplyMask2Former(ConformanceSubjects.SegmenterFolder, new SegmentationScoringOptions { Orientation = orientation }).Fit(paths);
            CollectionAssert.AreEqual(size, Size(model, paths));
            CollectionAssert.AreEqual(size, Size(model, bytes));
            _ml.Model.Save(model, paths.Schema, folder["model.zip"]);
            using var loaded = (Mask2FormerTransformer)_ml.Model.Load(folder["model.zip"], out _);
            Assert.AreEqual(orientation, loaded.Options.Orientation);
            CollectionAssert.AreEqual(size, Size(loaded, paths));
        }

        Assert.AreEqual(ExifOrientation.Apply, new SegmentationScoringOptions().Orientation);
    }

    [TestMethod]
    public void ApplyLevit_Orientation_IsSavedWithTheModel()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.jpg"], TurnedPhoto(40, 24));
        IDataView paths = _ml.Data.LoadFromEnumerable([new PathRow { Image = folder["a.jpg"] }]);
        float[][] scores = [.. new[] { ExifOrientation.Apply, ExifOrientation.Ignore }.Select(orientation =>
        {
            using LevitTransformer model = _ml.Transforms.ApplyLevit(ConformanceSubjects.CheckpointFolder, orientation: orientation).Fit(paths);
            _ml.Model.Save(model, paths.Schema, folder["model.zip"]);
            using var loaded = (LevitTransformer)_ml.Model.Load(folder["model.zip"], out _);
            Assert.AreEqual(orientation, loaded.Orientation);
            return loaded.Transform(paths).GetColumn<float[]>("Score").Single();
        })];
        CollectionAssert.AreNotEqual(scores[0], scores[1]);
    }

    [TestMethod]
    public void Load_ModelFileOfAnOlderVersion_TakesPicturesAsStored()
    {
        string fixtures = Path.Combine(Goldens.RepositoryFolder(), "tests", "fixtures");
        foreach (string file in Directory.GetFiles(fixtures, "*.zip", SearchOption.AllDirectories))
        {
            ITransformer model = _ml.Model.Load(file, out _);
            foreach (ITransformer part in model as IEnumerable<ITransformer> ?? [model])
            {
                Assert.AreEqual(ExifOrientation.Ignore, part switch
                {
                    LevitTransformer levit => levit.Orientation,
                    Mask2FormerTransformer mask2Former => mask2Former.Options.Orientation,
                    _ => ExifOrientation.Ignore,
                }, file);
            }

            (model as IDisposable)?.Dispose();
        }
    }

    [TestMethod]
    public void Evaluate_UnreadablePictureAmongGoodOnes_CountsAsMissedAndIsNamed()
    {
        using var folder = new TemporaryFolder();
        byte[] good = TurnedPhoto(40, 24);
        File.WriteAllBytes(folder["good.jpg"], good);
        File.WriteAllBytes(folder["cut.jpg"], good[..200]);
        File.WriteAllBytes(folder["other.jpg"], good);
        File.WriteAllText(folder["a.json"], """
            {"images":[{"id":1,"file_name":"good.jpg","width":24,"height":40},{"id":2,"file_name":"cut.jpg","width":24,"height":40},{"id":3,"file_name":"other.jpg","width":24,"height":40}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":[[0,0,9,0,9,9,0,9]]},{"id":2,"image_id":2,"category_id":1,"segmentation":[[0,0,9,0,9,9,0,9]]},
             {"id":3,"image_id":3,"category_id":1,"segmentation":[[0,0,9,0,9,9,0,9]]}],"categories":[{"id":1,"name":"thing"}]}
            """);
        IDataView truth = _ml.Data.LoadFromCocoInstances(folder["a.json"], folder.Path);
        using Mask2FormerTransformer model = _ml.Transforms.ApplyMask2Former(
            ConformanceSubjects.SegmenterFolder, new SegmentationScoringOptions { Task = SegmentationTask.Instance, Threshold = 0 }).Fit(truth);
        IDataView scored = model.Transform(truth);

        Assert.AreEqual(3, Warned(() => _ml.Segmentation.AccumulateInstance(scored).ImageCount, "Row 1 (image 2)", "could not be read"));
        Assert.AreEqual(3, Warned(() => _ml.Segmentation.EvaluateInstance(scored).PerClass[0].TruthCount, "Row 1 (image 2)"));
        Warned(() => { _ml.Segmentation.SaveReport(scored, SegmentationTask.Instance, folder["report.html"]); return 0; }, "Row 1 (image 2)");
        StringAssert.Contains(File.ReadAllText(folder["report.html"]), "count as missed");
        IReadOnlyList<string> overlays = Warned(() => _ml.Segmentation.SaveOverlays(scored, folder["overlays"]), "cut.jpg");
        CollectionAssert.AreEqual(new[] { "good.png", "other.png" }, overlays.Select(Path.GetFileName).ToArray());
        Warned(() => { _ml.Data.SaveToCocoInstances(scored, folder["found.json"], AnnotationSaveOptions.Predictions); return 0; }, "cut.jpg");
        Warned(() => { _ml.Data.SaveToCocoInstances(scored, folder["again.json"]); return 0; }, "cut.jpg");
        Assert.HasCount(3, _ml.Data.CreateEnumerable<SizeRow>(_ml.Data.LoadFromCocoInstances(folder["again.json"], folder.Path), reuseRowObject: false).ToArray());

        // A view that was saved has lost the truth's size.
        using (FileStream stream = File.Create(folder["scored.idv"]))
        {
            _ml.Data.SaveAsBinary(scored, stream);
        }

        IDataView again = _ml.Data.LoadFromBinary(folder["scored.idv"]);
        Assert.AreEqual(3, Warned(() => _ml.Segmentation.EvaluateInstance(again).PerClass[0].TruthCount, "Row 1 (image 2)"));
    }

    /// <summary>Scenes that are stored turned have the quality of the same pixels stored upright; what compressing them anew changes is not measured here.</summary>
    [TestMethod]
    public void Evaluate_TurnedScenes_HaveTheQualityOfUprightOnes()
    {
        const int Scenes = 6;
        string digits = Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test");
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.GetFiles(Path.Combine(digits, "images"), "*.jpg").Order(StringComparer.Ordinal).Take(Scenes))
        {
            RgbImage upright = ImageDecoder.Decode(file);
            PictureTurn back = PictureTurn.Upright(SKEncodedOrigin.RightTop).Back();
            (int width, int height) = back.Size(upright.Width, upright.Height);
            using var bitmap = new SKBitmap(width, height);
            for (int i = 0; i < width * height; i++)
            {
                (int x, int y) = back.Source(i % width, i / width, upright.Width, upright.Height);
                ReadOnlySpan<byte> pixel = upright.Row(y).Slice(x * RgbImage.Channels, RgbImage.Channels);
                bitmap.SetPixel(i % width, i / width, new SKColor(pixel[0], pixel[1], pixel[2]));
            }

            File.WriteAllBytes(folder[$"turned/{Path.GetFileName(file)}"], Turned(bitmap, 100));
            RgbImage shown = ImageDecoder.Decode(folder[$"turned/{Path.GetFileName(file)}"], ExifOrientation.Apply);
            File.WriteAllBytes(folder[$"upright/{Path.GetFileName(file)}"], PngWriter.Write(shown.Width, shown.Height, 8, PngWriter.Rgb, shown.Pixels.ToArray()));
        }

        double[] quality = [.. new[] { "upright", "turned" }.Select(name =>
        {
            IDataView truth = _ml.Data.LoadFromCocoPanoptic(Path.Combine(digits, "panoptic.json"), folder[name], Path.Combine(digits, "panoptic"));
            using Mask2FormerTransformer model = _ml.Transforms.ApplyMask2Former(Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes")).Fit(truth);
            var evaluator = _ml.Segmentation.AccumulatePanoptic(model.Transform(truth));
            Assert.AreEqual(Scenes, evaluator.ImageCount);
            return evaluator.Compute().PanopticQuality;
        })];
        Assert.IsGreaterThan(0.5, quality[0]);
        Assert.AreEqual(quality[0], quality[1], 1e-12);
    }

    private T Warned<T>(Func<T> work, params string[] words)
    {
        using var log = new LogRecorder(_ml);
        T result = work();
        Assert.IsTrue(log.Warnings.Any(warning => words.All(word => warning.Contains(word, StringComparison.Ordinal))), string.Join('\n', log.Warnings));
        return result;
    }

    private int[] Size(ITransformer model, IDataView data) => _ml.Data.CreateEnumerable<SizeRow>(model.Transform(data), reuseRowObject: false).Single().ImageSize;

    /// <summary>A picture of that size as stored, to be turned by a quarter.</summary>
    private static byte[] TurnedPhoto(int width, int height)
    {
        using var bitmap = new SKBitmap(width, height);
        for (int i = 0; i < width * height; i++)
        {
            bitmap.SetPixel(i % width, i / width, new SKColor((byte)(i % width * 6), (byte)(i / width * 9), (byte)(i * 31)));
        }

        return Turned(bitmap, 95);
    }

    /// <summary>A JPEG that says that its pixels are to be turned by a quarter.</summary>
    private static byte[] Turned(SKBitmap stored, int quality)
    {
        using SKData data = stored.Encode(SKEncodedImageFormat.Jpeg, quality);
        byte[] jpeg = data.ToArray();
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0, (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8,
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
        ];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }
}
