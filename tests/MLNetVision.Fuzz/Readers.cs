using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Text;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Coco;
using MLNetVision.Imaging.Annotations.Labelme;
using MLNetVision.Imaging.Annotations.Voc;
using MLNetVision.Imaging.Annotations.Yolo;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Limits;
using MLNetVision.Imaging.Pictures.Resizing;
using MLNetVision.Models.Common.Checkpoints.Formats;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Projects;
using MLNetVision.Projects.Runs;
using MLNetVision.Tests.Support;
using Microsoft.ML;
using TorchSharp;

namespace MLNetVision.Fuzz;

/// <summary>All readers of files that strangers write.</summary>
internal static class Readers
{
    /// <summary>A limit at which a picture and its copies stay far below the memory of a child; the default's would not.</summary>
    private const long MostPixels = 16_000_000;

    public static IReadOnlyList<FuzzReader> All { get; } =
    [
        new("pictures", IsText: false, Seeds.Pictures, Pictures, [typeof(InvalidDataException)]),
        new("label-maps", IsText: false, Seeds.LabelMaps, LabelMaps, [typeof(InvalidDataException)]),
        new("safetensors", IsText: false, Seeds.Safetensors, Weights("a.safetensors"), [typeof(InvalidDataException)]),
        new("torch-files", IsText: false, Seeds.TorchFiles, Weights("a.bin"), [typeof(InvalidDataException)]),
        new("model-files", IsText: false, Seeds.ModelFiles, Models, [typeof(FormatException), typeof(InvalidDataException), typeof(ForeignException)]),
        new("indices", IsText: true, Seeds.Indices, Indices, [typeof(InvalidDataException), typeof(FileNotFoundException)]),
        new("coco-instances", IsText: true, Seeds.Instances, Annotations((folder, options) => CocoInstances.Open(Path.Combine(folder, "a.json"), folder, options)), [typeof(InvalidDataException)]),
        new("coco-panoptic", IsText: true, Seeds.Panoptic, Panoptic, [typeof(InvalidDataException)]),
        new("vott", IsText: true, Seeds.Vott, Annotations((folder, options) => VottAnnotations.Open(Path.Combine(folder, "a.json"), folder, options)), [typeof(InvalidDataException)]),
        new("labelme", IsText: true, Seeds.Labelme, Annotations(LabelmeAnnotations.Open), [typeof(InvalidDataException)]),
        new("yolo-data", IsText: true, Seeds.YoloData, Annotations("data.yaml", (folder, options) => YoloAnnotations.Open(Path.Combine(folder, "data.yaml"), "train", options)), [typeof(InvalidDataException)]),
        new("yolo-labels", IsText: true, Seeds.YoloLabels, Annotations("labels/a.txt", (folder, options) => YoloAnnotations.Open(Path.Combine(folder, "images"), Path.Combine(folder, "labels"), ["cat", "dog"], options)), [typeof(InvalidDataException)]),
        new("voc-boxes", IsText: true, Seeds.VocBoxes, Annotations("Annotations/a.xml", (folder, options) => VocAnnotations.Open(Path.Combine(folder, "Annotations"), Path.Combine(folder, "images"), options)), [typeof(InvalidDataException)]),
        new("voc-classes", IsText: true, Seeds.VocClasses, Annotations("labelmap.txt", (folder, options) => VocMasks.Open(folder, options: options)), [typeof(InvalidDataException)]),
        new("voc-masks", IsText: false, Seeds.LabelMaps, Annotations("SegmentationClass/a.png", (folder, options) => VocMasks.Open(folder, options: options)), [typeof(InvalidDataException)]),
        new("lists", IsText: true, Seeds.Lists, Lists, [typeof(InvalidDataException)]),
        new("run-lengths", IsText: true, Seeds.RunLengths, RunLengths, [typeof(FormatException)]),
        new("polygons", IsText: false, Seeds.Polygons, Polygons, [typeof(ArgumentException)]),
        new("project-files", IsText: true, Seeds.Projects, Projects("a.mbconfig"), [typeof(InvalidDataException)]),
        new("project-side-files", IsText: true, Seeds.ProjectSides, Projects("a.vision.json"), [typeof(InvalidDataException)]),
        new("configs", IsText: true, Seeds.Configs, Configs, [typeof(InvalidDataException)]),
    ];

    private static void Pictures(byte[] file, string folder)
    {
        PictureLimits.MaximumPixels = MostPixels;
        RgbImage image = ImageDecoder.Decode(file, ExifOrientation.Apply);
        (int Width, int Height) size = ImageDecoder.ReadSize(file, ExifOrientation.Apply);
        if (size != (image.Width, image.Height))
        {
            throw new InvalidOperationException($"The header says {size}, the picture is {(image.Width, image.Height)}.");
        }

        ImageResizer.Resize(image, 40, 30, Resampling.Bicubic);
    }

    private static void LabelMaps(byte[] file, string folder)
    {
        PictureLimits.MaximumPixels = MostPixels;
        PngLabels labels = PngLabels.Decode(file);
        LabelMap.ToMasks(labels.Values, labels.Height, labels.Width);
    }

    private static Action<byte[], string> Weights(string name) => (file, folder) =>
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, file);
        using ICheckpoint checkpoint = Checkpoint.Open(path);
        foreach (TensorEntry entry in checkpoint.Entries)
        {
            checkpoint.Read(entry.Name).Dispose();
        }
    };

    private static void Models(byte[] file, string folder)
    {
        using var stream = new MemoryStream(file);
        try
        {
            (new MLContext(1).Model.Load(stream, out _) as IDisposable)?.Dispose();
        }
        catch (Exception e) when (ForeignException.IsForeign(e))
        {
            throw new ForeignException(e);
        }
        catch (TargetInvocationException e)
        {
            // ML.NET calls a model's loader by reflection, and that of a chain's link by another.
            Exception thrown = e;
            while (thrown is TargetInvocationException { InnerException: { } inner })
            {
                thrown = inner;
            }

            ExceptionDispatchInfo.Throw(thrown);
        }
    }

    /// <summary>A project and its side file, of which one is the input: read, checked, written and read again.</summary>
    private static Action<byte[], string> Projects(string name) => (file, folder) =>
    {
        File.WriteAllText(Path.Combine(folder, "a.mbconfig"), Seeds.PlainProject);
        File.Delete(Path.Combine(folder, "a.vision.json"));
        File.WriteAllBytes(Path.Combine(folder, name), file);
        TrainingProject project = TrainingProject.Load(Path.Combine(folder, "a.mbconfig"));
        project.Save(overwriteNewer: true);
        TrainingProject again = TrainingProject.Load(project.Path);
        if ((again.DataPath, again.TrainTime, again.Epochs, again.Vision.Training?.LearningRate) != (project.DataPath, project.TrainTime is { } time ? TimeSpan.FromSeconds((long)time.TotalSeconds) : null, project.Epochs, project.Vision.Training?.LearningRate))
        {
            throw new InvalidOperationException("The project says something else when it was written.");
        }

        if (again.Scenario is "ImageClassification" or "ObjectDetection")
        {
            _ = new ProjectSettings(again); // Model Builder's others are read, and not trained
        }
    };

    private static void Indices(byte[] file, string folder)
    {
        TorchLibrary.EnsureLoaded();
        foreach (string shard in new[] { "one", "two" })
        {
            string path = Path.Combine(folder, shard + ".safetensors");
            if (!File.Exists(path))
            {
                using torch.Tensor tensor = torch.ones(2);
                SafetensorsWriter.Write(path, [new(shard == "one" ? "a.weight" : "b.weight", tensor)]);
            }
        }

        string index = Path.Combine(folder, "model.safetensors.index.json");
        File.WriteAllBytes(index, file);
        Checkpoint.Open(index).Dispose();
    }

    private static Action<byte[], string> Annotations(Func<string, SegmentationLoadOptions, AnnotationSource> open) => Annotations("a.json", open);

    private static Action<byte[], string> Annotations(string name, Func<string, SegmentationLoadOptions, AnnotationSource> open) => (file, folder) =>
    {
        PictureLimits.MaximumPixels = MostPixels;
        if (name != "a.json" && !Directory.Exists(Path.Combine(folder, "images")))
        {
            Lay(folder);
        }

        File.WriteAllBytes(Path.Combine(folder, name), file);
        foreach (AnnotationRecord record in open(folder, new SegmentationLoadOptions()).Records)
        {
            try
            {
                foreach (AnnotatedSegment segment in record.Read().Segments)
                {
                    segment.Mask?.ToCompressed();
                }
            }
            catch (Exception e) when (e is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
            {
                // A bad record, which the loader reports.
            }
        }
    };

    /// <summary>The folders of YOLO's and Pascal VOC's forms with one small picture and its maps.</summary>
    private static void Lay(string folder)
    {
        byte[] map = PngWriter.Write(10, 8, 8, PngWriter.Grey, [.. Enumerable.Range(0, 80).Select(i => (byte)(i % 3))]);
        foreach (string place in new[] { "images", "labels", "Annotations", "JPEGImages", "SegmentationClass", "SegmentationObject" })
        {
            Directory.CreateDirectory(Path.Combine(folder, place));
            if (place is not ("labels" or "Annotations"))
            {
                File.WriteAllBytes(Path.Combine(folder, place, "a.png"), map);
            }
        }
    }

    private static void Panoptic(byte[] file, string folder)
    {
        string masks = Path.Combine(folder, "masks");
        if (!Directory.Exists(masks))
        {
            Directory.CreateDirectory(masks);
            byte[] rows = [.. Enumerable.Range(0, 80).SelectMany(i => i < 40 ? new byte[] { 5, 0, 0 } : [0x70, 0x11, 1])];
            File.WriteAllBytes(Path.Combine(masks, "a.png"), PngWriter.Write(10, 8, 8, PngWriter.Rgb, rows));
        }

        Annotations((path, options) => CocoPanoptic.Open(Path.Combine(path, "a.json"), path, masks, options))(file, folder);
    }

    private static void Lists(byte[] file, string folder)
    {
        File.WriteAllText(Path.Combine(folder, "a.jpg"), string.Empty);
        string list = Path.Combine(folder, "list.csv");
        File.WriteAllBytes(list, file);
        ImageList.Read(list, checkFiles: false, hasHeader: null);
    }

    private static void RunLengths(byte[] file, string folder)
    {
        string[] parts = Encoding.Latin1.GetString(file).Split(',', 3);
        (int height, int width) = (Side(parts, 0), Side(parts, 1));
        RunLengthMask mask = RunLengthMask.FromCompressed(parts[^1], height, width);
        if (mask.Area > (long)height * width || !RunLengthMask.FromCompressed(mask.ToCompressed(), height, width).Equals(mask))
        {
            throw new InvalidOperationException("The mask is not what it is read as again.");
        }

        _ = mask.Box;
        RunLengthMask.Union(mask, mask, mask);
        if ((long)height * width < 1 << 20)
        {
            mask.ToRowMajor();
        }
    }

    private static int Side(string[] parts, int index) => index < parts.Length - 1 && int.TryParse(parts[index], out int side) ? Math.Clamp(side, 0, 40_000) : 8;

    private static void Polygons(byte[] file, string folder)
    {
        double[] points = new double[file.Length / 8];
        for (int i = 0; i < points.Length; i++)
        {
            points[i] = BinaryPrimitives.ReadDoubleLittleEndian(file.AsSpan(8 * i));
        }

        int width = file.Length % 3 == 0 ? 640 : 40_000_000;
        _ = RunLengthMask.FromPolygon(points, width == 640 ? 480 : 50, width).Box;
    }

    /// <summary>Each kind of config reads each file; one of them must refuse a broken one, and none in another way.</summary>
    private static void Configs(byte[] file, string folder)
    {
        string json = Encoding.UTF8.GetString(file);
        int refused = 0;
        InvalidDataException? last = null;
        foreach (Action read in new Action[]
        {
            () => _ = LevitConfig.FromJson(json).ToJson(),
            () => _ = PretrainedConfig.FromJson<Mask2FormerConfig>(json).ToJson(),
            () => _ = new LevitImageProcessor(LevitImageProcessorConfig.FromJson(json)).ResizedSize(640, 480),
            () => _ = new Mask2FormerImageProcessor(Mask2FormerImageProcessorConfig.FromJson(json)).ResizedSize(640, 480),
        })
        {
            try
            {
                read();
            }
            catch (InvalidDataException e)
            {
                (refused, last) = (refused + 1, e);
            }
        }

        if (refused == 4)
        {
            throw new InvalidDataException(last!.Message, last);
        }
    }
}
