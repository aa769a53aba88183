using static MLNetVision.Projects.Code.CSharpText;

namespace MLNetVision.Projects.Code;

/// <summary>The code of a classification: predictions and evaluation. Names are those that Model Builder gives.</summary>
internal static class ClassificationCode
{
    public static string Consumption(CodeSubject subject) => $$"""
        {{CodeFrame.Head(subject, "how the model predicts")}}
        using System;
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using Microsoft.ML;
        using Microsoft.ML.Data;
        using MLNetVision.Serving;

        namespace {{subject.Namespace}};

        /// <summary>The picture classifier {{Comment(subject.Name)}}. All members may be called from any number of threads at once.</summary>
        public partial class {{subject.Class}}
        {
            /// <summary>A picture, as the model takes it.</summary>
            #region model input class
            public class ModelInput
            {
                /// <summary>The class of the picture, for training and evaluation; a prediction does not ask for it.</summary>
                [LoadColumn(0)]
                [ColumnName("Label")]
                public string Label { get; set; } = string.Empty;

                /// <summary>The content of a picture file: JPEG, PNG, WebP, BMP or GIF.</summary>
                [LoadColumn(1)]
                [ColumnName("Image")]
                public byte[] ImageSource { get; set; } = [];

                /// <summary>A picture from a file.</summary>
                /// <param name="path">The file.</param>
                public static ModelInput FromFile(string path) => new() { ImageSource = File.ReadAllBytes(path) };
            }
            #endregion

            /// <summary>What the model says of a picture.</summary>
            #region model output class
            public class ModelOutput
            {
                /// <summary>The most probable class; empty where the picture could not be read.</summary>
                [ColumnName("PredictedLabel")]
                public string PredictedLabel { get; set; } = string.Empty;

                /// <summary>The probability of each class, in the model's order of classes; not numbers where the picture could not be read.</summary>
                [ColumnName("Score")]
                public float[] Score { get; set; } = [];

                /// <summary>Whether the picture could be read: the content of other files, and of broken ones, has no class.</summary>
                [NoColumn]
                public bool IsReadable => !Score.Any(float.IsNaN);
            }
            #endregion

        {{CodeFrame.Engine(subject)}}

            /// <summary>Predicts the class of a picture.</summary>
            /// <param name="input">The picture.</param>
            public static ModelOutput Predict(ModelInput input) => PredictEngine.Value.Predict(input);

            /// <summary>Predicts the probability of every class.</summary>
            /// <param name="input">The picture.</param>
            /// <returns>The classes with their probabilities, the most probable first.</returns>
            public static IOrderedEnumerable<KeyValuePair<string, float>> PredictAllLabels(ModelInput input) => GetSortedScoresWithLabels(Predict(input));

            /// <summary>The probabilities of a prediction with the names of their classes.</summary>
            /// <param name="result">What <see cref="Predict"/> gave.</param>
            /// <returns>The classes with their probabilities, the most probable first.</returns>
            public static IOrderedEnumerable<KeyValuePair<string, float>> GetSortedScoresWithLabels(ModelOutput result)
            {
                ArgumentNullException.ThrowIfNull(result);
                return GetLabels().Zip(result.Score, (label, score) => KeyValuePair.Create(label, score)).OrderByDescending(pair => pair.Value);
            }

            private static IEnumerable<string> GetLabels()
            {
                VBuffer<ReadOnlyMemory<char>> names = default;
                PredictEngine.Value.OutputSchema["Score"].GetSlotNames(ref names);
                return names.DenseValues().Select(name => name.ToString());
            }
        }

        """;

    public static string Evaluate(CodeSubject subject) => $$"""
        {{CodeFrame.Head(subject, "how well the model does")}}
        using System;
        using Microsoft.ML;
        using MLNetVision.Imaging.Metrics.Classification;

        namespace {{subject.Namespace}};

        public partial class {{subject.Class}}
        {
        {{CodeFrame.LoadTestData(subject)}}

            /// <summary>Evaluates the model file on labelled pictures.</summary>
            /// <param name="inputDataFolderPath">The pictures, as for <see cref="LoadImageFromFolder"/>; null for those of <see cref="LoadTestData"/>.</param>
            /// <param name="reportPath">The HTML file of a report with figures, confusion matrices and the worst pictures; null for none.</param>
            /// <returns>The figures: accuracy, log-loss, each class, calibration, thresholds.</returns>
            public static ClassificationMetrics Evaluate(string? inputDataFolderPath = null, string? reportPath = null)
            {
                var mlContext = new MLContext();
                ITransformer model = mlContext.Model.Load(MLNetModelPath, out _);
                using var freed = model as IDisposable;
                return Evaluate(mlContext, model, inputDataFolderPath is null ? LoadTestData(mlContext) : LoadImageFromFolder(mlContext, inputDataFolderPath), reportPath);
            }

            /// <summary>Evaluates a model on labelled pictures.</summary>
            /// <param name="mlContext">Where pictures are scored.</param>
            /// <param name="model">The model, such as <see cref="RetrainModel"/> gives it.</param>
            /// <param name="testData">The pictures.</param>
            /// <param name="reportPath">The HTML file of a report; null for none.</param>
            public static ClassificationMetrics Evaluate(MLContext mlContext, ITransformer model, IDataView testData, string? reportPath = null)
            {
                ArgumentNullException.ThrowIfNull(mlContext);
                ArgumentNullException.ThrowIfNull(model);
                IDataView scored = model.Transform(testData);
                return reportPath is null
                    ? mlContext.MulticlassClassification.EvaluateClasses(scored)
                    : mlContext.MulticlassClassification.SaveReport(scored, reportPath);
            }
        }

        """;
}
