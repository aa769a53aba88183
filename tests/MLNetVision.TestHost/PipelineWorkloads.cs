using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;
using MLNetVision.Levit;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Tests.Models.Training.Segmentation;
using static TorchSharp.torch;

namespace MLNetVision.TestHost;

/// <summary>What users of ML.NET do with the models.</summary>
internal static class PipelineWorkloads
{
    private const int Side = 64;

    private static LevitConfig Levit { get; } = new()
    {
        ImageSize = Side, HiddenSizes = [16, 32, 48], KeyDim = [8, 8, 8], NumAttentionHeads = [2, 3, 4], Depths = [1, 1, 1], Labels = ["a", "b", "c"],
    };

    public static IReadOnlyDictionary<string, Func<Action<int>>> All { get; } = new Dictionary<string, Func<Action<int>>>(StringComparer.Ordinal)
    {
        ["ml.net levit scoring"] = LevitScoring,
        ["a model built"] = () => rounds => new LevitForImageClassification(Levit, LevitInitialization.Original, new Generator(1)).Dispose(),
        ["ml.net levit training"] = LevitTraining,
        ["ml.net mask2former scoring"] = Mask2FormerScoring,
    };

    private static Action<int> LevitScoring()
    {
        using var folder = new TemporaryFolder();
        using var model = new LevitForImageClassificationWithTeacher(Levit, LevitInitialization.HuggingFace, new Generator(1));
        PretrainedFolder.Save(folder.Path, model, Levit, new SaveOptions { PreprocessorJson = LevitImageProcessorConfig.ForImageSize(Side).ToJson() });
        var ml = new MLContext(1);
        IDataView data = Data(ml);
        ITransformer transformer = ml.Transforms.ApplyLevit(folder.Path).Fit(data);
        return rounds =>
        {
            for (int i = 0; i < rounds; i++)
            {
                GC.KeepAlive(transformer.Transform(data).GetColumn<float[]>("Score").ToArray());
            }
        };
    }

    private static Action<int> LevitTraining()
    {
        var ml = new MLContext(1);
        IDataView data = Data(ml);
        return rounds =>
        {
            var options = new LevitTrainer.Options
            {
                Config = Levit, LabelColumnName = "Label",
                Training = new LevitTrainingOptions { Epochs = rounds, BatchSize = 4, WarmUpEpochs = 0, DataThreads = 1 },
            };
            ITransformer transformer = ml.MulticlassClassification.Trainers.Levit(options).Fit(data);
            GC.KeepAlive(ml.MulticlassClassification.Evaluate(transformer.Transform(data)));
            (transformer as IDisposable)?.Dispose();
        };
    }

    private static Action<int> Mask2FormerScoring()
    {
        using var folder = new TemporaryFolder();
        using Mask2FormerForUniversalSegmentation model = TinySegmentation.Model();
        PretrainedFolder.Save(folder.Path, model, TinySegmentation.Config, new SaveOptions { PreprocessorJson = (TinySegmentation.Processor with { Size = ImageSize.Fixed(Side, Side) }).ToJson() });
        var ml = new MLContext(1);
        IDataView data = Data(ml);
        ITransformer[] transformers = [.. Enum.GetValues<SegmentationTask>().Select(task => ml.Transforms.ApplyMask2Former(folder.Path, task).Fit(data))];
        return _ => Array.ForEach(transformers, transformer => GC.KeepAlive(transformer.Transform(data).GetColumn<VBuffer<float>>("Score").ToArray()));
    }

    private static IDataView Data(MLContext ml) => ml.Transforms.Conversion.MapValueToKey("Label").Fit(Rows(ml)).Transform(Rows(ml));

    private static IDataView Rows(MLContext ml) => ml.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(i => new Row
    {
        Label = Levit.Labels[i % 3],
        Image = MLImage.CreateFromPixels(Side, Side, MLPixelFormat.Rgba32, Enumerable.Repeat((byte)(20 * i), 4 * Side * Side).ToArray()),
    }).ToArray());

    private sealed class Row
    {
        public string Label { get; set; } = string.Empty;

        [ImageType(Side, Side)]
        public MLImage Image { get; set; } = null!;
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("finalizers").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
