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
        // It says {about}, and is written anew at each training of {Comment(subject.ProjectFile)}: put members of your own into another
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
    public static string LoadTestData(CodeSubject subject) => $$"""
            /// <summary>Loads the data of an evaluation: {{WhatEvaluates(subject)}}.</summary>
            /// <param name="mlContext">Where they are loaded.</param>
            public static IDataView LoadTestData(MLContext mlContext) => {{TestData(subject)}};
        """;

    /// <summary>The lines that load the data of the training.</summary>
    public static string LoadTrainingData(CodeSubject subject) => (ValidationPath(subject), subject.Project.Validation?.SplitRatio) switch
    {
        ({ } path, _) => $"        return ({LoadAll(subject)}, {Load(subject, path)});",
        (_, { } ratio) => string.Create(CultureInfo.InvariantCulture, $"""
                    DataOperationsCatalog.TrainTestData parts = mlContext.Data.SplitPictures({LoadAll(subject)}, testFraction: {ratio:R}, seed: {subject.Seed});
                    return (parts.TrainSet, parts.TestSet);
            """),
        _ => $"        return ({LoadAll(subject)}, null);",
    };

    /// <summary>The places that count from the folder of the code, and how they are found.</summary>
    public static string Places(CodeSubject subject) => $$"""
            /// <summary>
            /// The folder that paths of data count from: the one in which this file was compiled, or the application's where there is no such
            /// folder.
            /// </summary>
            public static string ProjectFolder { get; set; } = SourceFolder();

            /// <summary>The data that the model was trained on.</summary>
            public static string RetrainFilePath => {{InProject(subject, subject.Project.DataPath)}};
        """;

    public static string PrivatePlaces => """
            private static string InProject(string path) => Path.GetFullPath(Path.Combine(ProjectFolder, path));

            private static string SourceFolder([CallerFilePath] string file = "") =>
                Path.GetDirectoryName(file) is { } folder && Directory.Exists(folder) ? folder : AppContext.BaseDirectory;
        """;

    /// <summary>A path as an expression.</summary>
    public static string InProject(CodeSubject subject, string? path) => path is null
        ? """throw new InvalidOperationException("The project names no data; give their path.")"""
        : CodePaths.InProject(subject.Folder, path);

    private static string? ValidationPath(CodeSubject subject) => subject.Project.Validation?.Path ?? Full(subject, subject.Project.Vision.Data?.ValidationPath);

    private static string? TestPath(CodeSubject subject) => Full(subject, subject.Project.Vision.Data?.TestPath);

    private static string LoadAll(CodeSubject subject) => subject.IsSegmentation ? "LoadFromAnnotations(mlContext, RetrainFilePath, RetrainImageFolder)" : "LoadImageFromFolder(mlContext, RetrainFilePath)";

    private static string Load(CodeSubject subject, string path) => $"{(subject.IsSegmentation ? "LoadFromAnnotations" : "LoadImageFromFolder")}(mlContext, {InProject(subject, path)})";

    private static string TestData(CodeSubject subject) => TestPath(subject) is { } path ? Load(subject, path)
        : ValidationPath(subject) is not null || subject.Project.Validation?.SplitRatio is not null ? "LoadData(mlContext).ValidationData!" : LoadAll(subject);

    private static string WhatEvaluates(CodeSubject subject) => TestPath(subject) is not null ? "the project's test data"
        : ValidationPath(subject) is not null || subject.Project.Validation?.SplitRatio is not null ? "those by which the best state of the training was chosen"
        : "the training data, for the project names no others; a model knows them, so evaluate on some that it has not seen";

    public static string? Full(CodeSubject subject, string? path) =>
        path is null ? null : Path.GetFullPath(path.Replace('\\', Path.DirectorySeparatorChar), Path.GetDirectoryName(subject.Project.Path)!);
}
