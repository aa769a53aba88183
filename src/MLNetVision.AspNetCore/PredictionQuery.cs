using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines;

namespace MLNetVision.AspNetCore;

/// <summary>What a request asks for, by its address and its Accept header.</summary>
/// <param name="TopK">How many classes are named.</param>
/// <param name="Segmentation">How segments are made; null for a network that classifies.</param>
/// <param name="Overlay">Whether the picture with its segments drawn over it is wanted.</param>
/// <param name="Png">Whether it is the whole answer.</param>
internal sealed record PredictionQuery(int TopK, SegmentationOptions? Segmentation, bool Overlay, bool Png)
{
    private const string PngType = "image/png";

    /// <exception cref="RefusedException">A value is out of its range, or the network has nothing of the kind.</exception>
    public static PredictionQuery Of(HttpRequest request, VisionServiceOptions options, ServedModel model)
    {
        SegmentationOptions? segmentation = model.Segmentation;
        int topK = options.TopK;
        if (Text(request, "top_k") is { } top && (!int.TryParse(top, NumberStyles.None, CultureInfo.InvariantCulture, out topK) || topK < 1))
        {
            throw Bad($"top_k is '{top}'; expected a whole number from 1.");
        }

        bool overlay = Text(request, "overlay") is { } drawn && (bool.TryParse(drawn, out bool wanted) ? wanted : throw Bad($"overlay is '{drawn}'; expected true or false."));
        string? task = Text(request, "task"), threshold = Text(request, "score_threshold");
        if (segmentation is null && (overlay || task is not null || threshold is not null))
        {
            throw Bad("The model classifies pictures and has no segments: overlay, task and score_threshold are for models that segment.");
        }

        if (threshold is not null)
        {
            segmentation = segmentation! with
            {
                Threshold = double.TryParse(threshold, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) && share is >= 0 and <= 1 ? share
                    : throw Bad($"score_threshold is '{threshold}'; expected a number from 0 to 1."),
            };
        }

        if (task is not null)
        {
            segmentation = segmentation! with
            {
                Task = task switch
                {
                    "semantic" => SegmentationTask.Semantic,
                    "instance" => SegmentationTask.Instance,
                    "panoptic" => SegmentationTask.Panoptic,
                    _ => throw Bad($"task is '{task}'; expected semantic, instance or panoptic."),
                },
            };
        }

        bool png = PrefersPng(request);
        return !png || segmentation is not null ? new PredictionQuery(topK, segmentation, overlay, png)
            : throw new RefusedException(StatusCodes.Status406NotAcceptable, "No such answer", "The model classifies pictures: its answer is application/json, and there is no image/png of it.");
    }

    private static bool PrefersPng(HttpRequest request) =>
        request.GetTypedHeaders().Accept.OrderByDescending(type => type.Quality ?? 1)
            .FirstOrDefault(type => type.MediaType == PngType || type.MatchesAllTypes || type.IsSubsetOf(Json) || Json.IsSubsetOf(type))?.MediaType == PngType;

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private static string? Text(HttpRequest request, string name) => request.Query.TryGetValue(name, out var values) ? values[^1] ?? string.Empty : null;

    private static RefusedException Bad(string why) => new(StatusCodes.Status400BadRequest, "The address asks for something that there is not", why);
}
