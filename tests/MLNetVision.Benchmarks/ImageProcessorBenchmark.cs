using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit.Processing;
using SkiaSharp;
using TorchSharp;

namespace MLNetVision.Benchmarks;

/// <summary>A JPEG of 640×480 to 3×224×224 floats: the processor against ML.NET's three transforms.</summary>
internal static class ImageProcessorBenchmark
{
    private const int Side = 224;

    /// <param name="args">A JPEG file; without one a picture is drawn.</param>
    public static void Run(string[] args)
    {
        TorchLibrary.EnsureLoaded();
        torch.set_num_threads(1);
        string folder = Directory.CreateTempSubdirectory("mlnetvision-").FullName;
        try
        {
            if (args.Length > 0 && !File.Exists(args[0]))
            {
                throw new BenchmarkUsageException($"There is no file '{Path.GetFullPath(args[0])}'.");
            }

            string path = args.Length > 0 ? Path.GetFullPath(args[0]) : Draw(Path.Combine(folder, "drawn.jpg"));
            (int width, int height) = ImageDecoder.ReadSize(path);
            var processor = new LevitImageProcessor();
            var fixedSize = new LevitImageProcessor(new LevitImageProcessorConfig { Size = ImageSize.Fixed(Side, Side), DoCenterCrop = false });
            RgbImage decoded = ImageDecoder.Decode(path);
            Func<float[]> pipeline = BuildPipeline(path, ImageResizingEstimator.ResizingKind.Fill);
            InterleavedTimer.Compare(
                $"{width}×{height} JPEG to {Side}×{Side}, one picture, one thread", 6, threads: 1,
                ("LevitImageProcessor (256/224, crop)", () => processor.Process(path).Dispose()),
                ("LevitImageProcessor (height and width)", () => fixedSize.Process(path).Dispose()),
                ("LevitImageProcessor on decoded pixels", () => processor.Process(decoded).Dispose()),
                ("decoding alone", () => ImageDecoder.Decode(path)),
                ("ML.NET LoadImages, ResizeImages, ExtractPixels", () => pipeline()));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>ML.NET's transforms over one row, bound once, run at each call.</summary>
    private static Func<float[]> BuildPipeline(string path, ImageResizingEstimator.ResizingKind resizing)
    {
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(new[] { new Row { Path = path } });
        ITransformer transformer = ml.Transforms.LoadImages("Image", imageFolder: null, nameof(Row.Path))
            .Append(ml.Transforms.ResizeImages("Image", Side, Side, resizing: resizing))
            .Append(ml.Transforms.ExtractPixels("Pixels", "Image", scaleImage: 1 / 58f, offsetImage: 117))
            .Fit(data);
        PredictionEngine<Row, Pixels> engine = ml.Model.CreatePredictionEngine<Row, Pixels>(transformer);
        var row = new Row { Path = path };
        return () => engine.Predict(row).Values;
    }

    /// <summary>A picture as busy as a photograph: shapes, gradients and grain.</summary>
    private static string Draw(string path)
    {
        var random = new Random(1);
        using var bitmap = new SKBitmap(640, 480);
        using (var canvas = new SKCanvas(bitmap))
        {
            using var paint = new SKPaint { IsAntialias = true };
            canvas.Clear(SKColors.SteelBlue);
            for (int i = 0; i < 300; i++)
            {
                paint.Color = new SKColor((uint)random.Next()).WithAlpha(160);
                canvas.DrawCircle(random.Next(640), random.Next(480), random.Next(5, 60), paint);
            }
        }

        SKColor[] pixels = bitmap.Pixels;
        for (int i = 0; i < pixels.Length; i++)
        {
            int grain = random.Next(-8, 9);
            byte grained(byte value) => (byte)Math.Clamp(value + grain, 0, 255);
            pixels[i] = new SKColor(grained(pixels[i].Red), grained(pixels[i].Green), grained(pixels[i].Blue));
        }

        bitmap.Pixels = pixels;

        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        using FileStream file = File.Create(path);
        data.SaveTo(file);
        return path;
    }

    private sealed class Row
    {
        public string Path { get; set; } = "";
    }

    private sealed class Pixels
    {
        [ColumnName("Pixels"), VectorType(3, Side, Side)]
        public float[] Values { get; set; } = [];
    }
}
