// A web service that classifies pictures with a pool of prediction engines over one model, which is loaded anew when its file changes:
//   dotnet run -c Release --project samples/PredictionService -- MODEL.zip [--urls http://localhost:5080]
//   curl --data-binary @picture.jpg http://localhost:5080/predict
// The benchmark "service" (tests/MLNetVision.Benchmarks) puts it under load.
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Pictures.Limits;
using MLNetVision.Serving;
using PredictionService;
using Samples;

const long LargestBody = 16 << 20;

var line = new CommandLine(args, "PredictionService MODEL.zip [--urls ADDRESS]   serves a model of samples/QuickStart: POST a picture's bytes to /predict", most: 64);
if (line.Text(0) is not { } file || !File.Exists(file))
{
    line.Fail(line.Text(0) is null ? "Which model? samples/QuickStart saves one as artifacts/quickstart/digits.zip." : $"There is no model file '{Path.GetFullPath(line.Text(0)!)}'.");
    return 2;
}

WebApplicationBuilder builder = WebApplication.CreateBuilder(args[1..]);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = LargestBody);
PictureLimits.MaximumPixels = 40_000_000; // a small file may claim a large picture
var ml = new MLContext();
ml.Log += (_, e) =>
{
    if (e.Kind is ChannelMessageKind.Info or ChannelMessageKind.Warning && e.Source.StartsWith("PredictionEnginePool", StringComparison.Ordinal))
    {
        Console.WriteLine(e.RawMessage);
    }
};

// Made now, so that a model which does not fit ends the program; its predictions are finished before it is disposed of.
using var pool = new PredictionEnginePool<Picture, Answer>(ml, file);
await using WebApplication application = builder.Build();
application.MapPost("/predict", async (HttpRequest request, CancellationToken gone) =>
{
    using var body = new MemoryStream();
    await request.Body.CopyToAsync(body, gone);
    Answer answer = await pool.PredictAsync(new Picture { Image = body.ToArray() }, gone);
    return float.IsNaN(answer.Score[0])
        ? Results.BadRequest("The body is no picture that can be read (JPEG, PNG, WebP, BMP and GIF can).")
        : Results.Ok(new { Label = answer.PredictedDigit, Probability = answer.Score.Max() });
});
application.MapGet("/health", () => Results.Ok(new { Model = Path.GetFileName(file), pool.Version }));

await application.RunAsync();
return 0;
