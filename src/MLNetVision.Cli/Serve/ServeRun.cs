using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MLNetVision.AspNetCore;
using MLNetVision.Cli.Shell;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.Cli.Serve;

/// <summary>Serves a network until it is told to end.</summary>
internal static class ServeRun
{
    private const string LocalHosts = "localhost;127.0.0.1;[::1]";
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(ServeArguments arguments, CommandContext context)
    {
        ServeAddresses addresses = ServeAddresses.Of(arguments);
        if (arguments.Watch && !Path.Exists(arguments.Model.Model))
        {
            throw new CommandException(ExitCode.Usage, $"--watch looks at files, and '{arguments.Model.Model}' is neither a file nor a folder here.");
        }

        using PicturePredictor predictor = await ModelLoading.LoadAsync(arguments.Model, context).ConfigureAwait(false);
        if (predictor.Classifier is not null && (arguments.Task is not null || arguments.ScoreThreshold is not null))
        {
            throw new CommandException(ExitCode.Usage, "The network classifies pictures and has no segments: --task and --score-threshold are for networks that segment.");
        }

        WebApplication application = Build(arguments, addresses, predictor, context);
        await using (application.ConfigureAwait(false))
        {
            try
            {
                await application.StartAsync(context.Cancellation).ConfigureAwait(false);
            }
            catch (IOException e) when (e.InnerException is not null)
            {
                throw new CommandException(ExitCode.Temporary, $"{string.Join(", ", addresses.Urls)} cannot be listened at: {e.InnerException.Message.TrimEnd('.')}. Name another port with --port.", e);
            }

            catch (SocketException e)
            {
                int code = e.SocketErrorCode == SocketError.AccessDenied ? ExitCode.Failure : ExitCode.Usage;
                throw new CommandException(code, $"{string.Join(", ", addresses.Urls)} cannot be listened at: {e.Message.TrimEnd('.')}. Name another address with --urls, or another port with --port.", e);
            }

            Announce(arguments, addresses, predictor, application.Urls, context);
            await UntilToldAsync(context.Cancellation).ConfigureAwait(false);
            context.Reporter.Information("Ends when the requests that are under way are answered.");
            await application.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }

        return ExitCode.Success;
    }

    private static WebApplication Build(ServeArguments arguments, ServeAddresses addresses, PicturePredictor predictor, CommandContext context)
    {
        // Settings that lie in the current folder are another program's.
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, EnvironmentName = Environments.Production });
        builder.WebHost.UseUrls([.. addresses.Urls]);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        if (addresses.Open.Count == 0)
        {
            // Else a page from elsewhere could have its own name lead to this machine, and read the answers.
            builder.Configuration["AllowedHosts"] = LocalHosts;
        }

        builder.Logging.ClearProviders().AddProvider(new ReporterLogs(context.Reporter));
        builder.Services.AddSingleton<IHostLifetime>(new SignalsElsewhere());
        builder.Services.AddMLNetVision(predictor, new VisionServiceOptions
        {
            ModelName = Path.Exists(arguments.Model.Model) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(arguments.Model.Model)) : arguments.Model.Model,
            Pipeline = ModelLoading.OptionsOf(arguments.Model, context),
            WatchInterval = arguments.Watch ? WatchInterval : null,
            Segmentation = arguments.Task is null && arguments.ScoreThreshold is null ? null : own => own with
            {
                Threshold = arguments.ScoreThreshold ?? own.Threshold,
                Task = arguments.Task is { } task ? Enum.Parse<SegmentationTask>(task, ignoreCase: true) : own.Task,
            },
            TopK = arguments.TopK,
            MaximumPictureBytes = arguments.MaximumBytes,
            MaximumBatchBytes = Math.Max(arguments.MaximumBytes, new VisionServiceOptions().MaximumBatchBytes),
            MaximumPixels = arguments.MaximumPixels,
            MaximumConcurrency = arguments.Concurrency,
            QueueLimit = arguments.Queue,
        });
        WebApplication application = builder.Build();
        application.MapMLNetVision();
        application.MapMLNetVisionPage();
        application.MapFallback("{*path}", (RequestDelegate)(context => TypedResults.Problem(
            $"There is no {context.Request.Path} here; GET /openapi.json lists what there is.", statusCode: StatusCodes.Status404NotFound, title: "Not here").ExecuteAsync(context)));
        return application;
    }

    private static void Announce(ServeArguments arguments, ServeAddresses addresses, PicturePredictor predictor, ICollection<string> urls, CommandContext context)
    {
        foreach (string open in addresses.Open)
        {
            context.Reporter.Warning($"{open} may be reached from other machines, and whoever reaches it may ask: there is no authentication.");
        }

        if (context.WantsJson)
        {
            context.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", true);
                writer.WriteString("model", arguments.Model.Model);
                writer.WriteTexts("urls", urls);
            });
        }
        else
        {
            urls.ToList().ForEach(context.Output.WriteLine);
        }

        context.Output.Flush();
        context.Reporter.Information($"'{arguments.Model.Model}' {(predictor.Segmenter is null ? "classifies" : "segments")} pictures into {predictor.ClassNames.Count} classes at {string.Join(", ", urls)}; Ctrl+C ends it.");
    }

    private static async Task UntilToldAsync(CancellationToken told)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = told.Register(end.SetResult);
        await end.Task.ConfigureAwait(false);
    }

    /// <summary>The command listens to signals itself.</summary>
    private sealed class SignalsElsewhere : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
