using System.CommandLine;
using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Serve;

/// <summary>The verb serve and its options.</summary>
internal static class ServeVerb
{
    private static readonly string[] Examples =
    [
        "mlnetvision serve --model Digits.mlnet",
        "mlnetvision serve --model facebook/mask2former-swin-tiny-coco-panoptic --port 8080 --score-threshold 0.3",
        "mlnetvision serve --model scenes/checkpoint --watch --urls http://0.0.0.0:8080",
        "curl -F file=@photo.jpg http://localhost:5080/predict",
    ];

    public static Verb Create() => new("serve", "Serves a network: a page to try it with, and an API that takes pictures and answers with classes or segments.", Examples, Configure);

    private static VerbAction Configure(Command command)
    {
        var model = new ModelOptions();
        Option<int> port = NumberOptions.AtLeast(0, 5080, "--port", "The port on this machine that is listened at; 0 for any that is free.", "PORT", most: 65535);
        var urls = new Option<string[]>("--urls")
        {
            Description = "Addresses to listen at instead, such as http://0.0.0.0:8080 for all networks. Whoever reaches them may ask: there is no password.",
            HelpName = "URLS",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int> topK = NumberOptions.AtLeast(1, 5, "--top-k", "How many of the most probable classes are named where a request does not say.");
        Option<double?> threshold = NumberOptions.Share("--score-threshold", "The smallest score of a segment where a request does not say, 0 to 1. Default: what the model file says, else 0.5.");
        Option<string?> task = new Option<string?>("--task") { Description = "What is asked of a network that segments: semantic, instance or panoptic. Default: what the model file says, else panoptic.", HelpName = "TASK" }
            .Among("semantic", "instance", "panoptic");
        Option<int> bytes = NumberOptions.AtLeast(1, 16 << 20, "--max-bytes", "The most bytes of a picture's file.");
        Option<int> pixels = NumberOptions.AtLeast(1, 40_000_000, "--max-pixels", "The most pixels of a picture.");
        Option<int> concurrency = NumberOptions.AtLeast(1, Environment.ProcessorCount, "--concurrency", "How many requests are computed at once.", most: 1024);
        Option<int> queue = NumberOptions.AtLeast(0, 64, "--queue", "How many requests may wait; beyond it they are told to come again.");
        var watch = new Option<bool>("--watch") { Description = "Looks at the model's file or folder every second, and answers with the new model when it has changed. One that cannot be used is warned of, and the old one stays." };
        model.AddTo(command);
        foreach (Option option in (Option[])[port, urls, topK, threshold, task, bytes, pixels, concurrency, queue, watch])
        {
            command.Options.Add(option);
        }

        return (parsed, context) => ServeRun.RunAsync(
            new ServeArguments(model.Of(parsed))
            {
                Port = parsed.GetValue(port),
                Urls = [.. (parsed.GetValue(urls) ?? []).SelectMany(text => text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
                TopK = parsed.GetValue(topK),
                ScoreThreshold = parsed.GetValue(threshold),
                Task = parsed.GetValue(task),
                MaximumBytes = parsed.GetValue(bytes),
                MaximumPixels = parsed.GetValue(pixels),
                Concurrency = parsed.GetValue(concurrency),
                Queue = parsed.GetValue(queue),
                Watch = parsed.GetValue(watch),
            },
            context);
    }
}
