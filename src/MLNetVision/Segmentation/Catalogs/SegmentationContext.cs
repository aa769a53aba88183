using MLNetVision.Segmentation.Catalogs;

namespace Microsoft.ML;

/// <summary>Adds the catalogs of segmentation and object detection to <see cref="MLContext"/>.</summary>
public static class SegmentationContext
{
    extension(MLContext context)
    {
        /// <summary>Image segmentation: semantic, instance and panoptic.</summary>
        public SegmentationCatalog Segmentation => new(context);

        /// <summary>Box metrics of object detection.</summary>
        public ObjectDetectionCatalog ObjectDetection => new(context);
    }
}
