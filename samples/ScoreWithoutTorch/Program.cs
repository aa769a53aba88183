// Scores pictures with a LeViT or a Mask2Former on the CPU, without libtorch: neither in the process nor in the folder that is
// published.
//   dotnet run -c Release --project samples/ScoreWithoutTorch -- FOLDER PICTURE...
// FOLDER is a checkpoint in Hugging Face's form with its preprocessor_config.json, such as samples/pretrained/digit-scenes.
using System.Numerics.Tensors;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Models.Mask2Former.PostProcessing;
using MLNetVision.Models.Mask2Former.Processing;
using Samples;

var line = new CommandLine(args, "ScoreWithoutTorch FOLDER PICTURE...   such as samples/pretrained/digit-scenes datasets/digit-scenes/test/images/0001.jpg", most: int.MaxValue);
if (args is not [var folder, _, ..])
{
    line.Fail("A checkpoint's folder and at least one picture are needed.");
    return 2;
}

if (Array.Find(args[1..], picture => !File.Exists(picture)) is { } missing)
{
    line.Fail($"There is no picture '{Path.GetFullPath(missing)}'.");
}

if (ModelType.Of(PretrainedSource.Resolve(folder)) == "levit")
{
    Classify(folder, args[1..]);
}
else
{
    Segment(folder, args[1..]);
}

if (OperatingSystem.IsLinux())
{
    bool isLoaded = File.ReadLines("/proc/self/maps").Any(line => line.Contains("libtorch", StringComparison.Ordinal) || line.Contains("LibTorchSharp", StringComparison.Ordinal));
    Console.WriteLine($"libtorch is {(isLoaded ? string.Empty : "not ")}in the process");
}

return 0;

static void Classify(string folder, string[] pictures)
{
    using LevitInference model = LevitInference.FromPretrained(folder);
    PixelValues pixels = LevitImageProcessor.FromPretrained(folder).ProcessPixels([.. pictures.Select(ImageSource.FromFile)]);
    float[] logits = model.Score(pixels);
    int labels = model.Config.NumLabels;
    for (int i = 0; i < pictures.Length; i++)
    {
        Span<float> probabilities = logits.AsSpan(i * labels, labels);
        TensorPrimitives.SoftMax<float>(probabilities, probabilities);
        int best = TensorPrimitives.IndexOfMax<float>(probabilities);
        Console.WriteLine($"{Path.GetFileName(pictures[i])}: {model.Config.Labels[best]} {probabilities[best]:f4}");
    }
}

static void Segment(string folder, string[] pictures)
{
    using Mask2FormerInference model = Mask2FormerInference.FromPretrained(folder);
    Mask2FormerImageProcessor processor = Mask2FormerImageProcessor.FromPretrained(folder);
    foreach (string picture in pictures)
    {
        (int width, int height) = ImageDecoder.ReadSize(picture);
        PixelValues pixels = processor.ProcessPixels(ImageSource.FromFile(picture));
        SegmentationResult result = Mask2FormerPostProcessor.Panoptic(model.Predict(pixels), [TargetSize.Of(pixels, 0, height, width)])[0];
        Console.WriteLine($"{Path.GetFileName(picture)}: {result.Segments.Count} segments");
        foreach (PredictedSegment segment in result.Segments)
        {
            Console.WriteLine($"  {model.Config.Labels[segment.LabelId]} {segment.Score:f4}, {segment.Area} pixels");
        }
    }
}
