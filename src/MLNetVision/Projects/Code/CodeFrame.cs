using System.Globalization;
using static MLNetVision.Projects.Code.CSharpText;

namespace MLNetVision.Projects.Code;

/// <summary>The parts of the code that both tasks have.</summary>
internal static class CodeFrame
{
    /// <summary>The head of a file.</summary>
    /// <param name="subject">What is written.</param>
    /// <param name="about">What the file says, as half a sentence.</param>
    public static string Head(CodeSubject subject, string about) => $"""
        {WrittenFiles.Generated(subject.Name)}
        //
        // It says {about}, and is written anew at each training of {Line(subject.ProjectFile)}: put members of your own into another
        // file with "public partial class {subject.Class}", which stays as it is. If ML.NET's Model Builder trains the project instead, it
        // trains networks of its own, not this one.
        #nullable enable

        """;

    public static string Engine(CodeSubject subject) => $$"""
            /// <summary>The model file: beside the application, unless another path is set before the first prediction.</summary>
            public static string MLNetModelPath { get; set; } = Path.Combine(AppContext.BaseDirectory, {{Literal(subject.ModelFile)}});

            /// <summary>
            /// Predicts on any number of threads at once: engines, which serve one thread each, are lent and taken back, and the model is
            /// shared. It is loaded at the first use, and again when its file changes.
            /// </summary>
            public static Lazy<PredictionEnginePool<ModelInput, ModelOutput>> PredictEngine { get; } = new(CreatePredictEngine);

            private static PredictionEnginePool<ModelInput, ModelOutput> CreatePredictEngine() => new(new MLContext(), MLNetModelPath);
        """;

    /// <summary>The member that loads the data of an evaluation.</summary>
    public static string LoadTestData(CodeSubject subject)
    {
        CodeData data = CodeData.Of(subject);
        bool isValidated = data.Validation is not null || data.HeldOut is not null;
        return $$"""
                /// <summary>Loads the data of an evaluation: {{(data.Test is not null ? "the project's test data" : isValidated ? Choosing : Known)}}.</summary>
                /// <param name="mlContext">Where they are loaded.</param>
                public static IDataView LoadTestData(MLContext mlContext) => {{data.Test ?? (isValidated ? "LoadData(mlContext).ValidationData!" : data.Train)}};
            """;
    }

    /// <summary>The lines that load the data of the training.</summary>
    public static string LoadTrainingData(CodeSubject subject)
    {
        CodeData data = CodeData.Of(subject);
        return data.HeldOut is { } share
            ? string.Create(CultureInfo.InvariantCulture, $"""
                    DataOperationsCatalog.TrainTestData parts = mlContext.Data.SplitPictures({data.Train}, testFraction: {share:R}, seed: {subject.Seed});
                    return (parts.TrainSet, parts.TestSet);
            """)
            : $"        return ({data.Train}, {data.Validation ?? "null"});";
    }

    /// <summary>The places that count from the folder of the code, and how they are found.</summary>
    public static string Places(CodeSubject subject) => $$"""
            /// <summary>
            /// The folder that paths of data count from: the one in which this file was compiled, or the application's where there is no such
            /// folder.
            /// </summary>
            public static string ProjectFolder { get; set; } = SourceFolder();

            /// <summary>The data that the model was trained on.</summary>
            public static string RetrainFilePath => {{CodeData.Of(subject).Place}};
        """;

    public static string PrivatePlaces => """
            private static string InProject(string path) => Path.GetFullPath(Path.Combine(ProjectFolder, path));

            private static string SourceFolder([CallerFilePath] string file = "") =>
                Path.GetDirectoryName(file) is { } folder && Directory.Exists(folder) ? folder : AppContext.BaseDirectory;
        """;

    private const string Choosing = "those by which the best state of the training was chosen";

    private const string Known = "the training data, for the project names no others; a model knows them, so evaluate on some that it has not seen";
}
