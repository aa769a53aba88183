using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.AspNetCore;

/// <summary>Maps the addresses under which the network answers.</summary>
public static class VisionEndpoints
{
    // The server leaves the body of an answer to HEAD out by itself.
    private static readonly string[] Get = [HttpMethods.Get, HttpMethods.Head], Post = [HttpMethods.Post];

    /// <summary>
    /// Maps POST /predict (a picture in, its classes or segments out) and /predict/batch (several), GET /model (what the network knows), /health/live and
    /// /health/ready (and /health, the latter), and /openapi.json (the description of all that). What cannot be answered is a problem in the form of RFC 9457,
    /// another method too. HEAD is answered as GET, without a body. Addresses that are not mapped are the application's.
    /// </summary>
    /// <param name="endpoints">The application, or a group of it.</param>
    /// <returns>All of them, to be given rules of the application's own, such as who may ask.</returns>
    /// <exception cref="InvalidOperationException">The services have no network.</exception>
    public static IEndpointConventionBuilder MapMLNetVision(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        VisionService service = endpoints.ServiceProvider.GetService<VisionService>()
            ?? throw new InvalidOperationException("The services have no network: call builder.Services.AddMLNetVision(model) before builder.Build().");
        IHostApplicationLifetime life = endpoints.ServiceProvider.GetRequiredService<IHostApplicationLifetime>();
        RouteGroupBuilder group = endpoints.MapGroup(string.Empty);
        Map(group, Post, "/predict", context => With(context, service, model => PredictAsync(context, service, model)), new BodyLimit(service.Options.MaximumPictureBytes + UploadReader.FormBytes));
        Map(group, Post, "/predict/batch", context => With(context, service, model => PredictBatchAsync(context, service, model)), new BodyLimit(service.Options.MaximumBatchBytes + UploadReader.FormBytes));
        Map(group, Get, "/model", context => With(context, service, model => JsonBody.WriteAsync(context, writer => ModelAnswer.Write(writer, service, model))));
        Map(group, Get, "/health/live", context => Health(context, true));
        Map(group, Get, "/health/ready", Ready);
        Map(group, Get, "/health", Ready);
        Map(group, Get, "/openapi.json", context => StaticFiles.WriteAsync(context, "openapi.json"));
        return group;

        // The server listens after the model is loaded, and answers for a while when it is asked to end.
        Task Ready(HttpContext context) => Health(context, !life.ApplicationStopping.IsCancellationRequested);
    }

    /// <summary>Maps a page to try the network with, and its files: GET / and those beside it. They come from the library; nothing comes from elsewhere.</summary>
    /// <param name="endpoints">The application that <see cref="MapMLNetVision"/> was called for; of a group, its address has to end with a slash.</param>
    /// <returns>All of them, to be given rules of the application's own.</returns>
    public static IEndpointConventionBuilder MapMLNetVisionPage(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        RouteGroupBuilder group = endpoints.MapGroup(string.Empty);
        Map(group, Get, "/", context => StaticFiles.WriteAsync(context, "index.html"));
        foreach (string file in (string[])["page.css", "page.js", "segments.js", "icon.svg"])
        {
            Map(group, Get, "/" + file, context => StaticFiles.WriteAsync(context, file));
        }

        return group;
    }

    // Beside the address itself, what is asked of it by another method: a problem, behind all that the application answers there.
    private static void Map(RouteGroupBuilder group, string[] methods, string address, RequestDelegate answer, params object[] metadata)
    {
        group.MapMethods(address, methods, answer).WithMetadata(metadata);
        group.Map(address, context => RefusalAnswer.WriteWrongMethodAsync(context, methods)).WithOrder(int.MaxValue);
    }

    // A request is answered by one model from its begin to its end, also where another takes its place meanwhile.
    private static Task With(HttpContext context, VisionService service, Func<ServedModel, Task> answer) => RefusalAnswer.Catch(context, async () =>
    {
        ServedModel model = service.Begin();
        try
        {
            await answer(model).ConfigureAwait(false);
        }
        finally
        {
            model.End();
        }
    });

    private static async Task PredictAsync(HttpContext context, VisionService service, ServedModel model)
    {
        PredictionQuery query = PredictionQuery.Of(context.Request, service.Options, model);
        (PicturePrediction prediction, byte[]? overlay) = await AnswerOfAsync(
            context,
            service,
            reader => reader.ReadOneAsync(context.Request, context.RequestAborted),
            picture => PredictionWork.PredictOne(model.Predictor, picture, query, context.RequestAborted)).ConfigureAwait(false);
        if (query.Png)
        {
            JsonBody.Harden(context.Response);
            context.Response.ContentType = "image/png";
            context.Response.ContentLength = overlay!.Length;
            await context.Response.Body.WriteAsync(overlay, context.RequestAborted).ConfigureAwait(false);
            return;
        }

        var lines = new PredictionLines(model.Predictor.ClassNames, query.TopK, model.Predictor.Segmenter is not null);
        await JsonBody.WriteAsync(context, writer => lines.Write(writer, prediction, overlay is null ? null : json => json.WriteBase64String("overlay", overlay))).ConfigureAwait(false);
    }

    private static async Task PredictBatchAsync(HttpContext context, VisionService service, ServedModel model)
    {
        PredictionQuery query = PredictionQuery.Of(context.Request, service.Options, model);
        if (query.Overlay || query.Png)
        {
            throw new RefusedException(StatusCodes.Status400BadRequest, "No overlay of a batch", "A batch has no overlays; ask /predict for the overlay of one picture.");
        }

        List<PicturePrediction> predictions = await AnswerOfAsync(
            context,
            service,
            reader => reader.ReadAllAsync(context.Request, context.RequestAborted),
            pictures => PredictionWork.PredictAll(model.Predictor, pictures, query, context.RequestAborted)).ConfigureAwait(false);
        var lines = new PredictionLines(model.Predictor.ClassNames, query.TopK, model.Predictor.Segmenter is not null);
        await JsonBody.WriteAsync(context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("predictions");
            predictions.ForEach(prediction => lines.Write(writer, prediction));
            writer.WriteEndArray();
            writer.WriteNumber("failed", predictions.Count(prediction => prediction.Problem is not null));
            writer.WriteEndObject();
        }).ConfigureAwait(false);
    }

    // The uploads are given back before the answer goes out: a client that reads it slowly must not keep their room.
    private static async Task<TAnswer> AnswerOfAsync<TUploads, TAnswer>(
        HttpContext context, VisionService service, Func<UploadReader, Task<TUploads>> read, Func<TUploads, TAnswer> predict)
    {
        using UploadBudget.Account account = service.Uploads.Open();
        TUploads uploads = await read(new UploadReader(service.Options, account)).ConfigureAwait(false);
        return await service.ComputeAsync(() => predict(uploads), context.RequestAborted).ConfigureAwait(false);
    }

    private static Task Health(HttpContext context, bool isWell)
    {
        context.Response.StatusCode = isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return JsonBody.WriteAsync(context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("status", isWell ? "ok" : "stopping");
            writer.WriteEndObject();
        });
    }

    private sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
