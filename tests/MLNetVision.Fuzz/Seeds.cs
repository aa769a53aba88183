using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using MLNetVision.Imaging.Masks;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Tests.Support;
using SkiaSharp;
using TorchSharp;

namespace MLNetVision.Fuzz;

/// <summary>Good files of each kind: made here, so that they are small, or taken from the tests.</summary>
internal static class Seeds
{
    private const string Things =
        """{"images":[{"id":1,"width":10,"height":8,"file_name":"a.jpg"},{"id":2,"width":300,"height":200,"file_name":"sub/b.jpg"}],"categories":[{"id":1,"name":"cat","isthing":1},{"id":7,"name":"sky","isthing":0}],"annotations":[""";

    private const string Picture = """{"version":"5.0.1","imagePath":"a.jpg","imageWidth":60,"imageHeight":40,"imageData":null,"flags":{},"shapes":[""";

    public static IReadOnlyList<byte[]> Pictures()
    {
        var files = new List<byte[]> { Gif(), Bitmap() };
        foreach ((int width, int height, bool grey) in new[] { (20, 13, false), (33, 1, true), (7, 40, false) })
        {
            using var bitmap = new SKBitmap(new SKImageInfo(width, height, grey ? SKColorType.Gray8 : SKColorType.Rgba8888, SKAlphaType.Opaque));
            byte[] pixels = new byte[bitmap.ByteCount];
            new Random(width).NextBytes(pixels);
            Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
            files.AddRange(new[] { SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp }.Select(format => Encoded(bitmap, format, 60)));
            files.Add(Encoded(bitmap, SKEncodedImageFormat.Webp, 100));
        }

        files.AddRange(Files("tests/goldens/images", "*.png", 20_000));
        files.AddRange(Files("datasets", "*.jpg", 20_000).Take(10));
        return files;
    }

    public static IReadOnlyList<byte[]> LabelMaps() =>
    [
        .. from bits in new[] { 1, 2, 4, 8, 16 }
           select PngWriter.Write(9, 5, bits, PngWriter.Grey, [.. Enumerable.Range(0, (9 * bits + 7) / 8 * 5).Select(i => (byte)(i * 37))]),
        PngWriter.Write(6, 4, 8, PngWriter.Palette, [.. Enumerable.Range(0, 24).Select(i => (byte)(i % 3))], palette: new byte[9]),
    ];

    public static IReadOnlyList<byte[]> Safetensors()
    {
        TorchLibrary.EnsureLoaded();
        using var weights = torch.arange(24, torch.ScalarType.Float32).reshape(2, 3, 4);
        using torch.Tensor half = weights.to(torch.ScalarType.BFloat16), counter = torch.tensor(5L), empty = torch.zeros(0, 3);
        KeyValuePair<string, torch.Tensor>[] tensors = [new("a.weight", weights), new("b.weight", half), new("c.num_batches_tracked", counter), new("d", empty)];
        return [Saved(file => SafetensorsWriter.Write(file, tensors, new Dictionary<string, string> { ["format"] = "pt" })), Saved(file => SafetensorsWriter.Write(file, tensors[..1]))];
    }

    /// <summary>A project without a block of this library, which is looked for beside it.</summary>
    public const string PlainProject =
        """{"Scenario":"ImageClassification","DataSource":{"Type":"Folder","Version":1,"FolderPath":"photos"},"Environment":{"Type":"LocalCPU","Version":1},"Type":"TrainingConfig","Version":5}""";

    private const string Block =
        """{"Version":1,"Task":"classification","Model":{"Family":"LeViT","Checkpoint":"facebook/levit-128S","ImageSize":224,"Precision":"Float32","New":1},"Data":{"Path":"photos","Format":"folder","ValidationPath":"val","TestPath":"test"},"Training":{"Epochs":30,"BatchSize":32,"LearningRate":0.0005,"Patience":10,"Seed":1,"ClassWeights":"none"},"Scoring":{"ScoreThreshold":0.5,"BatchSize":8},"Metric":"MicroAccuracy","Device":"auto","Runs":[{"Folder":"runs/001","Best":{"MicroAccuracy":0.9,"Epoch":22},"ModelFile":"a.mlnet","ModelHash":"sha256:ab","Tool":"1.0"}]}""";

    public static IReadOnlyList<byte[]> ProjectSides() => Texts(Block, """{"Version":1,"Training":{"Epochs":5},"Other":[1,{"a":null}]}""");

    public static IReadOnlyList<byte[]> Projects() =>
    [
        .. Files("tests/cases/mbconfig", "*.mbconfig", 20_000),
        .. Texts(
            PlainProject[..^1] + ",\"MLNetVision\":" + Block + "}",
            """{"Scenario":"ObjectDetection","DataSource":{"Type":"Coco","Version":1,"FilePath":"a.json"},"Type":"TrainingConfig","Version":5,"TrainingOption":{"Type":"ObjectDetectionTrainingOption","Version":0,"TrainingTime":600,"Epoch":10,"ScoreThreshold":0.4,"IOUThreshold":0.5,"ResizeOption":{"Type":"Resize","Version":0,"Width":640,"Height":480},"ValidationOption":{"Version":0,"Type":"TrainValidateSplitValidationOption","SplitRatio":0.25}},"MLNetVision":{"Task":"instance"}}"""),
    ];

    public static IReadOnlyList<byte[]> TorchFiles() => Files("tests/goldens/checkpoints", "pytorch_model.bin", 1 << 20);

    /// <summary>As they are, and without compression, so that damage reaches what is in them.</summary>
    public static IReadOnlyList<byte[]> ModelFiles()
    {
        IReadOnlyList<byte[]> files = Files("tests/fixtures", "model.zip", 1 << 20);
        return [.. files, .. files.Select(Unpacked)];
    }

    public static IReadOnlyList<byte[]> Indices() => Texts(
        """{"metadata":{"total_size":96},"weight_map":{"a.weight":"one.safetensors","b.weight":"two.safetensors"}}""",
        """{"weight_map":{"a.weight":"one.safetensors"}}""");

    public static IReadOnlyList<byte[]> Instances() => Texts(
        Things + """{"id":1,"image_id":1,"category_id":1,"iscrowd":0,"area":5.5,"bbox":[1,1,2,2],"segmentation":[[1,1,3,1,3,3,1,3],[5,5,9,5,9,7.5]]}]}""",
        Things + """{"id":1,"image_id":2,"category_id":7,"iscrowd":1,"segmentation":{"size":[200,300],"counts":[100,50,59850]}},{"id":2,"image_id":1,"category_id":1,"segmentation":{"size":[8,10],"counts":"P2"}}]}""");

    public static IReadOnlyList<byte[]> Panoptic() => Texts(
        Things + """{"image_id":1,"file_name":"a.png","segments_info":[{"id":5,"category_id":1,"area":40,"iscrowd":0,"bbox":[0,0,10,4]},{"id":70000,"category_id":7}]}]}""");

    public static IReadOnlyList<byte[]> Vott() => Texts(
        """
        {"tags":[{"name":"cat","color":"#fff"},{"name":"dog"}],"assets":{"x1":{"asset":{"id":"x1","name":"my%20cat.png","size":{"width":60,"height":40}},"regions":[
        {"tags":["dog"],"type":"RECTANGLE","boundingBox":{"left":1,"top":1,"width":20,"height":12},"points":[]},{"tags":["cat"],"type":"POLYGON","points":[{"x":0,"y":0},{"x":4,"y":0},{"x":4,"y":4}]}]}}}
        """);

    public static IReadOnlyList<byte[]> Labelme() => Texts(
        Picture + """{"label":"cat","group_id":1,"shape_type":"rectangle","points":[[10,10],[1,1]]},{"label":"ball","group_id":null,"shape_type":"circle","points":[[30,20],[30,30]]}]}""",
        Picture + """{"label":"cat","shape_type":"polygon","flags":{},"points":[[10.5,10],[1,1],[20,35.25]]}]}""");

    public static IReadOnlyList<byte[]> YoloData() => Texts(
        "names: [cat, 'dog']\ntrain: images\nval: images # the same\n",
        "path: ../set\ntrain:\n  - images\nval: [images, list.txt]\nnc: 2\nnames:\n  0: 'it''s a cat'\n  1: \"dog\"\n");

    public static IReadOnlyList<byte[]> YoloLabels() => Texts(
        "0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9\n", "1 0.1 0.1 0.9 0.1 0.5 0.9 0.875\n\n0 1e-3 0.25 0.5 0.25 0.5 0.75 0.1 0.75 1e-3 0.25\n");

    public static IReadOnlyList<byte[]> VocBoxes() => Texts(
        """<annotation><folder>JPEGImages</folder><filename>a.png</filename><size><width>10</width><height>8</height><depth>3</depth></size><object><name>cat</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2.5</ymin><xmax>7</xmax><ymax>8</ymax></bndbox></object></annotation>""",
        """<?xml version="1.0" encoding="utf-8"?><annotation><filename>a</filename><object><name>dog</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object><object/></annotation>""");

    public static IReadOnlyList<byte[]> VocClasses() => Texts("# label:color_rgb:parts:actions\nbackground:0,0,0::\ncat:128,0,0::\ndog:0,128,0::\n", "cat:10,20,30:head,tail:runs\ndog:1,1,1\n");

    public static IReadOnlyList<byte[]> Lists() => Texts("path,label\na.jpg,cat\n\"b, c.jpg\",\"the \"\"dog\"\"\"\n", "a.jpg,1\nsub/b.jpg,2\n", "a.jpg,1\n\na.jpg,\n");

    public static IReadOnlyList<byte[]> RunLengths()
    {
        var random = new Random(4);
        return
        [
            .. from size in new[] { 1, 8, 40 }
               let pixels = Enumerable.Range(0, size * 2 * size).Select(_ => (byte)(random.Next(3) / 2)).ToArray()
               select Encoding.Latin1.GetBytes($"{size},{2 * size},{RunLengthMask.FromRowMajor(pixels, size, 2 * size).ToCompressed()}"),
        ];
    }

    public static IReadOnlyList<byte[]> Polygons() =>
    [
        .. new double[][] { [1, 1, 3, 1, 3, 3, 1, 3], [0, 0, 639.5, 0, 320.25, 480], [-10, -10, 700, 200, 300, 900, 3.9e5, -4e8] }.Select(points =>
        {
            byte[] bytes = new byte[8 * points.Length];
            for (int i = 0; i < points.Length; i++)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(8 * i), points[i]);
            }

            return bytes;
        }),
    ];

    public static IReadOnlyList<byte[]> Configs() =>
    [
        .. Texts(new LevitConfig().ToJson(), new Mask2FormerConfig().ToJson(), new LevitImageProcessorConfig().ToJson(), new Mask2FormerImageProcessorConfig().ToJson(), """{"num_labels": 7, "model_type": "levit"}"""),
        .. Files("tests/goldens/checkpoints", "config.json", 1 << 16),
        .. Files("tests/goldens/checkpoints", "preprocessor_config.json", 1 << 16),
    ];

    private static byte[] Unpacked(byte[] zip)
    {
        using var unpacked = new MemoryStream();
        using (var target = new ZipArchive(unpacked, ZipArchiveMode.Create, leaveOpen: true))
        using (var source = new ZipArchive(new MemoryStream(zip)))
        {
            foreach (ZipArchiveEntry entry in source.Entries)
            {
                using Stream from = entry.Open(), to = target.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
                from.CopyTo(to);
            }
        }

        return unpacked.ToArray();
    }

    private static IReadOnlyList<byte[]> Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static byte[] Encoded(SKBitmap bitmap, SKEncodedImageFormat format, int quality)
    {
        using SKData data = bitmap.Encode(format, quality);
        return data.ToArray();
    }

    private static byte[] Saved(Action<string> save)
    {
        string file = Path.GetTempFileName();
        try
        {
            save(file);
            return File.ReadAllBytes(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Two by two pixels, four colours.</summary>
    private static byte[] Gif() =>
        [.. "GIF89a"u8, 2, 0, 2, 0, 0x91, 0, 0, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 3, 0x44, 0x34, 0x05, 0, 0x3B];

    /// <summary>Two by two pixels of 24 bits.</summary>
    private static byte[] Bitmap() =>
        [.. "BM"u8, 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0, 16, 0, 0, 0, .. new byte[16], 1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0];

    private static IReadOnlyList<byte[]> Files(string folder, string pattern, long largest)
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "MLNetVision.sln")))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The program does not run inside the repository.");
        }

        byte[][] files = [.. Directory.EnumerateFiles(Path.Combine(root, folder), pattern, SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Where(file => new FileInfo(file).Length <= largest).Take(40).Select(File.ReadAllBytes)];
        return files.Length > 0 ? files : throw new InvalidOperationException($"There is no {folder}/{pattern}.");
    }
}
