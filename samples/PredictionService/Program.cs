// A web service that classifies pictures, with a pool of prediction engines over one model:
//   dotnet run -c Release --project samples/PredictionService -- MODEL.zip [--urls http://localhost:5080]
//   curl --data-binary @picture.jpg http://localhost:5080/predict
// The benchmark "service" (tests/MLNetVision.Benchmarks) puts it under load.
using Microsoft.Extensions.ObjectPool;
using Microsoft.ML;
using PredictionService;

if (args.Length == 0 || !File.Exists(args[0]))
{
    Console.Error.WriteLine("Expected the file of a model; samples/QuickStart saves one.");
    return 2;
}

WebApplicationBuilder builder = WebApplication.CreateBuilder(args[1..]);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var ml = new MLContext();
ITransformer model = ml.Model.Load(args[0], out _);

// An engine serves one caller at a time, and the model any number: engines are cheap and pooled, the model is shared.
var pool = new DefaultObjectPool<PredictionEngine<Picture, Answer>>(new EnginePolicy(ml, model), maximumRetained: 64);
builder.Services.AddSingleton<ObjectPool<PredictionEngine<Picture, Answer>>>(pool);
await using WebApplication application = builder.Build();
application.MapPost("/predict", async (HttpRequest request, ObjectPool<PredictionEngine<Picture, Answer>> engines) =>
{
    using var body = new MemoryStream();
    await request.Body.CopyToAsync(body);
    PredictionEngine<Picture, Answer> engine = engines.Get();
    try
    {
        Answer answer = engine.Predict(new Picture { Image = body.ToArray() });
        return float.IsNaN(answer.Score[0])
            ? Results.BadRequest("The body is no picture that can be read (JPEG, PNG, WebP, BMP and GIF can).")
            : Results.Ok(new { Label = answer.PredictedDigit, Probability = answer.Score.Max() });
    }
    finally
    {
        engines.Return(engine);
    }
});

await application.RunAsync();
return 0;
