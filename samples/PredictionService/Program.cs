// A web service that classifies pictures, with a pool of prediction engines over one model:
//   dotnet run -c Release --project samples/PredictionService -- MODEL.zip [--urls http://localhost:5080]
//   curl --data-binary @picture.jpg http://localhost:5080/predict
// With a folder of pictures as a second argument it puts itself under load instead: 64 clients at once ask for all of them,
// each answer is compared with that of one engine alone, and rates and delays are printed.
using Microsoft.Extensions.ObjectPool;
using Microsoft.ML;
using PredictionService;

string[] files = [.. args.TakeWhile(argument => !argument.StartsWith("--", StringComparison.Ordinal))];
if (files.Length is < 1 or > 2 || !File.Exists(files[0]))
{
    Console.Error.WriteLine("Expected the file of a model (samples/QuickStart saves one), and optionally a folder of pictures for a load test.");
    return 2;
}

WebApplicationBuilder builder = WebApplication.CreateBuilder(args[files.Length..]);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var ml = new MLContext();
ITransformer model = ml.Model.Load(files[0], out _);

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

if (files.Length == 1)
{
    await application.RunAsync();
    return 0;
}

application.Urls.Add("http://127.0.0.1:0");
await application.StartAsync();
return await LoadTest.RunAsync(new Uri(application.Urls.First()), files[1], pool);
