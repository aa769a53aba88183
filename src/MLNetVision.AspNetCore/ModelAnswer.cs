using System.Text.Json;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Pipelines;

namespace MLNetVision.AspNetCore;

/// <summary>Says what the network knows, and what a request may have.</summary>
internal static class ModelAnswer
{
    public static void Write(Utf8JsonWriter writer, VisionService service, ServedModel model)
    {
        VisionServiceOptions limits = service.Options;
        SegmentationOptions? segmentation = model.Segmentation;
        ExifOrientation orientation = model.Predictor.Classifier?.Orientation ?? model.Predictor.Segmenter!.Orientation;
        writer.WriteStartObject();
        writer.WriteString("model", service.Name);
        writer.WriteNumber("version", model.Version);
        writer.WriteString("network", segmentation is null ? "levit" : "mask2former");
        writer.WriteString("task", segmentation?.Task.ToString().ToLowerInvariant() ?? "classification");
        writer.WriteNumber("topK", limits.TopK);
        if (segmentation is not null)
        {
            writer.WriteNumber("scoreThreshold", segmentation.Threshold);
        }

        writer.WriteBoolean("turnsUpright", orientation == ExifOrientation.Apply);
        writer.WriteStartArray("classes");
        foreach (string name in model.Predictor.ClassNames)
        {
            writer.WriteStringValue(name);
        }

        writer.WriteEndArray();
        writer.WriteStartObject("limits");
        writer.WriteNumber("pictureBytes", limits.MaximumPictureBytes);
        writer.WriteNumber("pixels", limits.MaximumPixels);
        writer.WriteNumber("batchPictures", limits.MaximumBatchPictures);
        writer.WriteNumber("batchBytes", limits.MaximumBatchBytes);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
