namespace MLNetVision.Projects.Code;

/// <summary>The code that trains the model again, of both tasks.</summary>
internal static class TrainingCode
{
    private static readonly string[] Namespaces =
        ["System", "System.IO", "System.Runtime.CompilerServices", "Microsoft.ML"];

    public static string Write(CodeSubject subject)
    {
        TrainerOptionsCode options = TrainerOptionsCode.Of(subject);
        string[] used = subject.IsSegmentation ? ["MLNetVision.Mask2Former"] : ["MLNetVision.Levit", "Microsoft.ML.Transforms"];
        string[] ordered = [.. Namespaces.Concat(used).Concat(options.Namespaces).Distinct(StringComparer.Ordinal).OrderBy(name => !name.StartsWith("System", StringComparison.Ordinal)).ThenBy(name => name, StringComparer.Ordinal)];
        return $$"""
            {{CodeFrame.Head(subject, "how the model was trained")}}
            {{string.Join('\n', ordered.Select(name => $"using {name};"))}}

            namespace {{subject.Namespace}};

            public partial class {{subject.Class}}
            {
            {{CodeFrame.Places(subject)}}

            {{(subject.IsSegmentation ? Annotations(subject) : Folder())}}

                /// <summary>Loads the data of the training: what the model learns, and what chooses its best state.</summary>
                /// <param name="mlContext">Where they are loaded.</param>
                /// <returns>The data; the second are null where the training had none.</returns>
                public static (IDataView TrainData, IDataView? ValidationData) LoadData(MLContext mlContext)
                {
            {{CodeFrame.LoadTrainingData(subject)}}
                }

                /// <summary>Trains the model again, on the data of its training, and saves it.</summary>
                /// <param name="outputModelPath">The file of the new model, which appears whole or not at all.</param>
                /// <returns>The model.</returns>
                public static ITransformer Train(string outputModelPath)
                {
                    var mlContext = new MLContext();
                    (IDataView trainData, IDataView? validationData) = LoadData(mlContext);
                    ITransformer model = RetrainModel(mlContext, trainData, validationData);
                    SaveModel(mlContext, model, trainData, outputModelPath);
                    return model;
                }

                /// <summary>Trains a model on data. {{SamePromise(options)}}</summary>
                /// <param name="mlContext">Where it is trained; its log tells how it goes.</param>
                /// <param name="trainData">What it learns.</param>
                /// <param name="validationData">What chooses its best state; null for its last one.</param>
                /// <returns>The model.</returns>
                public static ITransformer RetrainModel(MLContext mlContext, IDataView trainData, IDataView? validationData = null) =>
                    BuildPipeline(mlContext, validationData).Fit(trainData);

                /// <summary>The steps of the training, with the settings {{(options.IsOfTraining ? "that the model was trained with" : "that the project names; what they leave open follows the data")}}.</summary>
                /// <param name="mlContext">Where they are made.</param>
                /// <param name="validationData">What chooses the best state; null for none.</param>
                public static IEstimator<ITransformer> BuildPipeline(MLContext mlContext, IDataView? validationData = null)
                {
                    ArgumentNullException.ThrowIfNull(mlContext);
                    var options = new {{(subject.IsSegmentation ? "Mask2FormerTrainer" : "LevitTrainer")}}.Options
                    {
            {{options.Lines}}            ValidationSet = validationData,
                    };
            {{(subject.IsSegmentation ? Mask2FormerSteps : LevitSteps)}}
                }

                /// <summary>Saves a model: in its file's place when all of it is written.</summary>
                /// <param name="mlContext">Where it is saved.</param>
                /// <param name="model">The model.</param>
                /// <param name="data">Data such as it was trained on.</param>
                /// <param name="path">The file.</param>
                public static void SaveModel(MLContext mlContext, ITransformer model, IDataView data, string path)
                {
                    ArgumentNullException.ThrowIfNull(mlContext);
                    ArgumentNullException.ThrowIfNull(data);
                    mlContext.Model.SaveModel(model, data.Schema, path);
                }

            {{CodeFrame.PrivatePlaces}}
            }

            """;
    }

    private const string LevitSteps = """
                return mlContext.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
                    .Append(mlContext.MulticlassClassification.Trainers.Levit(options))
                    .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        """;

    private const string Mask2FormerSteps = """
                return mlContext.Segmentation.Trainers.Mask2Former(options);
        """;

    private static string SamePromise(TrainerOptionsCode options) => options.HasTimeLimit
        ? "Its time is limited, so that the weights depend on the speed of the machine."
        : "The same data give the same weights, on the CPU with the same number of threads.";

    private static string Folder() => """
            /// <summary>Loads labelled pictures: FOLDER/LABEL/PICTURE. Their files are read when they are needed, one by one.</summary>
            /// <param name="mlContext">Where they are loaded; its log names files that cannot be used.</param>
            /// <param name="folder">The folder, or a CSV or TSV file that lists pictures and labels. That there is no picture in it is said when it is first read.</param>
            /// <returns>Rows of text: "Image", the path, and "Label".</returns>
            public static IDataView LoadImageFromFolder(MLContext mlContext, string folder)
            {
                ArgumentNullException.ThrowIfNull(mlContext);
                return mlContext.Data.LoadFromImageFolder(folder);
            }
        """;

    private static string Annotations(CodeSubject subject) => $$"""
            /// <summary>The folder of the pictures that the annotations name; null where they lie beside them.</summary>
            public static string? RetrainImageFolder => {{(subject.Project.FullPath(subject.Project.Vision.Data?.ImageFolder) is { } images ? CodePaths.InProject(subject.Folder, images) : "null")}};

            /// <summary>Loads annotated pictures: COCO's instances or panoptic scenes, VoTT, labelme, YOLO, Pascal VOC. Files are read when they are needed, one by one.</summary>
            /// <param name="mlContext">Where they are loaded; its log names records that cannot be used.</param>
            /// <param name="path">The file of annotations, or the folder with it.</param>
            /// <param name="imageFolder">The folder of the pictures; null to look for it beside the annotations.</param>
            /// <returns>Rows of a picture and its segments.</returns>
            public static IDataView LoadFromAnnotations(MLContext mlContext, string path, string? imageFolder = null)
            {
                ArgumentNullException.ThrowIfNull(mlContext);
                return mlContext.Data.LoadSegmentation(path, imageFolder);
            }
        """;
}
