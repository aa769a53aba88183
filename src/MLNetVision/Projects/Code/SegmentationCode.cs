using MLNetVision.Imaging.Segments;
using static MLNetVision.Projects.Code.CSharpText;

namespace MLNetVision.Projects.Code;

/// <summary>The code of a segmentation: predictions and evaluation. Names are those that Model Builder gives to a detection.</summary>
internal static class SegmentationCode
{
    public static string Consumption(CodeSubject subject) => $$"""
        {{CodeFrame.Head(subject, "how the model predicts")}}
        using System;
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using Microsoft.ML;
        using Microsoft.ML.Data;
        using MLNetVision.Imaging.Rendering;
        using MLNetVision.Imaging.Segments;
        using MLNetVision.Segmentation;
        using MLNetVision.Serving;

        namespace {{subject.Namespace}};

        /// <summary>The segmentation {{Comment(subject.Name)}} ({{Task(subject)}}). All members may be called from any number of threads at once.</summary>
        public partial class {{subject.Class}}
        {
            /// <summary>A picture, as the model takes it.</summary>
            #region model input class
            public class ModelInput
            {
                /// <summary>The content of a picture file: JPEG, PNG, WebP, BMP or GIF.</summary>
                [LoadColumn(0)]
                [ColumnName("Image")]
                public byte[] ImageSource { get; set; } = [];

                /// <summary>A picture from a file.</summary>
                /// <param name="path">The file.</param>
                public static ModelInput FromFile(string path) => new() { ImageSource = File.ReadAllBytes(path) };
            }
            #endregion

            /// <summary>What the model finds in a picture: segments, as lists of the same length.</summary>
            #region model output class
            public class ModelOutput
            {
                /// <summary>Height and width of the picture in pixels; 0 and 0 where it could not be read.</summary>
                [VectorType(2)]
                [ColumnName("ImageSize")]
                public int[] ImageSize { get; set; } = [0, 0];

                /// <summary>The class of each segment.</summary>
                [ColumnName("PredictedClass")]
                public string[] PredictedLabel { get; set; } = [];

                /// <summary>The number of each segment's class among the model's classes, from 1.</summary>
                [ColumnName("PredictedLabel")]
                public uint[] PredictedKey { get; set; } = [];

                /// <summary>The pixels of each segment, as COCO's compressed run lengths.</summary>
                [ColumnName("PredictedMasks")]
                public string[] PredictedMasks { get; set; } = [];

                /// <summary>How sure the model is of each segment, 0 to 1.</summary>
                [ColumnName("Score")]
                public float[] Score { get; set; } = [];

                /// <summary>The box of each segment, four numbers each: left, top, right and bottom, in pixels of the picture as it was given.</summary>
                [ColumnName("PredictedBoundingBoxes")]
                public float[] PredictedBoundingBoxes { get; set; } = [];

                /// <summary>Whether the picture could be read: in the content of other files, and of broken ones, nothing is found.</summary>
                [NoColumn]
                public bool IsReadable => ImageSize is [> 0, > 0];

                /// <summary>The segments as objects, from which masks, polygons, crops, label maps and drawings are made.</summary>
                public SegmentationResult ToResult() => new SegmentationPrediction
                {
                    ImageSize = ImageSize,
                    PredictedLabel = PredictedKey,
                    PredictedClass = PredictedLabel,
                    PredictedMasks = PredictedMasks,
                    Score = Score,
                    PredictedBoundingBoxes = PredictedBoundingBoxes,
                }.ToResult();
            }
            #endregion

        {{CodeFrame.Engine(subject)}}

            /// <summary>Finds the segments of a picture.</summary>
            /// <param name="input">The picture.</param>
            public static ModelOutput Predict(ModelInput input) => PredictEngine.Value.Predict(input);

            /// <summary>Finds the segments of a picture, and tells their classes and scores alone.</summary>
            /// <param name="input">The picture.</param>
            /// <returns>A class and a score for each segment, the surest first.</returns>
            public static IOrderedEnumerable<KeyValuePair<string, float>> PredictAllLabels(ModelInput input) => GetSortedScoresWithLabels(Predict(input));

            /// <summary>The classes and scores of the segments that were found.</summary>
            /// <param name="result">What <see cref="Predict"/> gave.</param>
            /// <returns>A class and a score for each segment, the surest first.</returns>
            public static IOrderedEnumerable<KeyValuePair<string, float>> GetSortedScoresWithLabels(ModelOutput result)
            {
                ArgumentNullException.ThrowIfNull(result);
                return result.PredictedLabel.Zip(result.Score, (label, score) => KeyValuePair.Create(label, score)).OrderByDescending(pair => pair.Value);
            }

            /// <summary>Draws the segments that were found over their picture, and saves that as a PNG file.</summary>
            /// <param name="path">The file.</param>
            /// <param name="input">The picture.</param>
            /// <param name="result">What <see cref="Predict"/> gave for it.</param>
            public static void SaveOverlay(string path, ModelInput input, ModelOutput result)
            {
                ArgumentNullException.ThrowIfNull(input);
                ArgumentNullException.ThrowIfNull(result);
                SegmentationOverlay.SavePng(path, input.ImageSource, result.ToResult());
            }
        }

        """;

    public static string Evaluate(CodeSubject subject) => $$"""
        {{CodeFrame.Head(subject, "how well the model does")}}
        using System;
        using Microsoft.ML;
        using MLNetVision.Imaging.Metrics;
        using MLNetVision.Imaging.Segments;

        namespace {{subject.Namespace}};

        public partial class {{subject.Class}}
        {
        {{CodeFrame.LoadTestData(subject)}}

            /// <summary>Evaluates the model file on annotated pictures.</summary>
            /// <param name="inputDataFilePath">The annotations, as for <see cref="LoadFromAnnotations"/>; null for those of <see cref="LoadTestData"/>.</param>
            /// <param name="reportPath">The HTML file of a report with figures, classes and the worst pictures; null for none.</param>
            /// <returns>The figures: {{Figures(subject)}}.</returns>
            public static {{subject.Task}}Metrics Evaluate(string? inputDataFilePath = null, string? reportPath = null)
            {
                var mlContext = new MLContext();
                ITransformer model = mlContext.Model.Load(MLNetModelPath, out _);
                using var freed = model as IDisposable;
                return Evaluate(mlContext, model, inputDataFilePath is null ? LoadTestData(mlContext) : LoadFromAnnotations(mlContext, inputDataFilePath), reportPath);
            }

            /// <summary>Evaluates a model on annotated pictures.</summary>
            /// <param name="mlContext">Where pictures are scored.</param>
            /// <param name="model">The model, such as <see cref="RetrainModel"/> gives it.</param>
            /// <param name="testData">The pictures.</param>
            /// <param name="reportPath">The HTML file of a report; null for none.</param>
            public static {{subject.Task}}Metrics Evaluate(MLContext mlContext, ITransformer model, IDataView testData, string? reportPath = null)
            {
                ArgumentNullException.ThrowIfNull(mlContext);
                ArgumentNullException.ThrowIfNull(model);
                IDataView scored = model.Transform(testData);
                if (reportPath is not null)
                {
                    mlContext.Segmentation.SaveReport(scored, SegmentationTask.{{subject.Task}}, reportPath);
                }

                return mlContext.Segmentation.Evaluate{{subject.Task}}(scored);
            }
        }

        """;

    private static string Task(CodeSubject subject) => subject.Task switch
    {
        SegmentationTask.Semantic => "semantic: a class for each pixel",
        SegmentationTask.Instance => "instances: each thing by itself",
        _ => "panoptic: each thing by itself, and what is behind them",
    };

    private static string Figures(CodeSubject subject) => subject.Task switch
    {
        SegmentationTask.Semantic => "mean intersection over union and its relatives",
        SegmentationTask.Instance => "COCO's average precision and recall of masks",
        _ => "panoptic, segmentation and recognition quality",
    };
}
