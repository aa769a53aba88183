using static MLNetVision.Projects.Code.CSharpText;

namespace MLNetVision.Projects.Code;

/// <summary>The programs of applications.</summary>
internal static class ApplicationProgram
{
    public static string Console(CodeSubject subject, string application, string? sample) =>
        subject.IsSegmentation ? Segments(subject, application, sample) : Classes(subject, application, sample);

    public static string WebApi(CodeSubject subject) => $"""
        // {WrittenFiles.Begun(subject.Name)}
        //   dotnet run
        //   curl -F image=@picture.jpg http://localhost:5000/predict      (or --data-binary @picture.jpg -H 'Content-Type: image/jpeg')
        // The page is at http://localhost:5000/, the description of the service at /openapi.json, and /health says whether it can answer.
        // {subject.Class}.Predict answers within the program too; it needs libtorch, see the project file.
        using MLNetVision.AspNetCore;

        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        builder.Services.AddMLNetVision({Literal(subject.ModelFile)});
        WebApplication app = builder.Build();
        app.MapMLNetVision();
        app.MapMLNetVisionPage();
        app.Run();

        """;

    private static string Classes(CodeSubject subject, string application, string? sample) => $$"""
        // {{WrittenFiles.Begun(subject.Name)}}
        //   dotnet run -- PICTURE
        using System.Globalization;
        using {{subject.Namespace}};

        {{Picture(application, "", sample, "args")}}
        {{Type(subject)}}.ModelOutput output = {{Type(subject)}}.Predict({{Type(subject)}}.ModelInput.FromFile(picture));
        if (!output.IsReadable)
        {
        {{Unreadable}}
        }

        Console.WriteLine($"{"Class",-40}{"Score",-20}");
        Console.WriteLine($"{"-----",-40}{"-----",-20}");
        foreach ((string label, float score) in {{Type(subject)}}.GetSortedScoresWithLabels(output))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{label,-40}{score,-20:f6}"));
        }

        return 0;

        """;

    private static string Segments(CodeSubject subject, string application, string? sample) => $$"""
        // {{WrittenFiles.Begun(subject.Name)}}
        //   dotnet run -- PICTURE [--overlay FILE.png]
        using System.Globalization;
        using {{subject.Namespace}};

        string? overlay = args is [.., "--overlay", var file] ? file : null;
        string[] pictures = overlay is null ? args : args[..^2];
        {{Picture(application, " [--overlay FILE.png]", sample, "pictures")}}
        var input = {{Type(subject)}}.ModelInput.FromFile(picture);
        {{Type(subject)}}.ModelOutput output = {{Type(subject)}}.Predict(input);
        if (!output.IsReadable)
        {
        {{Unreadable}}
        }

        Console.WriteLine($"{"Class",-40}{"Score",-10}{"Pixels",-10}Box");
        Console.WriteLine($"{"-----",-40}{"-----",-10}{"------",-10}---");
        foreach (var segment in output.ToResult().Segments.OrderByDescending(segment => segment.Score))
        {
            int at = 4 * (segment.Id - 1);
            string box = string.Join(' ', output.PredictedBoundingBoxes[at..(at + 4)].Select(edge => edge.ToString("f0", CultureInfo.InvariantCulture)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{segment.ClassName,-40}{segment.Score,-10:f3}{segment.Area,-10}{box}"));
        }

        if (overlay is not null)
        {
            {{Type(subject)}}.SaveOverlay(overlay, input, output);
            Console.WriteLine($"Drew {Path.GetFullPath(overlay)}");
        }

        return 0;

        """;

    private const string Unreadable = """
            Console.Error.WriteLine($"'{picture}' is no picture that can be read; JPEG, PNG, WebP, BMP and GIF can.");
            return 1;
        """;

    private static string Picture(string application, string more, string? sample, string arguments) => $$"""
        string? picture = {{arguments}} is [var first] ? first : {{(sample is null ? "null" : $"{arguments}.Length == 0 ? Path.Combine(AppContext.BaseDirectory, {Literal(sample)}) : null")}};
        if (picture is null || !File.Exists(picture))
        {
            Console.Error.WriteLine(picture is null ? "Usage: {{application}} PICTURE{{more}}" : $"There is no picture '{Path.GetFullPath(picture)}'.");
            return 2;
        }

        """;

    // A namespace of the class's own name would be meant by that alone.
    private static string Type(CodeSubject subject) => subject.Namespace.Split('.')[^1] == subject.Class || subject.Namespace.Split('.')[0] == subject.Class ? $"global::{subject.Namespace}.{subject.Class}" : subject.Class;
}
