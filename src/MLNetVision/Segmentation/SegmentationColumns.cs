namespace MLNetVision.Segmentation;

/// <summary>
/// The columns of the one row shape that all segmentation tasks share, for the truth and for the prediction. A row is an
/// image and its n segments; all columns but the image hold primitive values, so that rows are saved, cached and printed
/// as they are.
/// </summary>
public static class SegmentationColumns
{
    /// <summary>The picture: an MLImage, the bytes of a picture file, or its path.</summary>
    public const string Image = "Image";

    /// <summary>Int64, optional: a number for the image. Evaluation resolves ties between scores in its ascending order, as COCO does; without it rows are counted from 0.</summary>
    public const string ImageId = "ImageId";

    /// <summary>Vector of 2 Int32: height and width of the image in pixels, the order of COCO's <c>size</c>. The masks of truth and prediction are of this size.</summary>
    public const string ImageSize = "ImageSize";

    /// <summary>Vector of n keys: the class of each true segment. The annotation <see cref="IsThing"/> says which classes are things.</summary>
    public const string Label = "Label";

    /// <summary>Vector of n texts: the mask of each true segment as COCO's compressed run lengths.</summary>
    public const string Masks = "Masks";

    /// <summary>Vector of 4·n Single: the box of each true segment, x0 y0 x1 y1 in pixels of the original image.</summary>
    public const string BoundingBoxes = "BoundingBoxes";

    /// <summary>Vector of n Boolean, optional: whether each true segment is a crowd region.</summary>
    public const string IsCrowd = "IsCrowd";

    /// <summary>Vector of n Double, optional: the area that the annotation states, which COCO's figures use; without it the area of the mask or box.</summary>
    public const string Area = "Area";

    /// <summary>Vector of n keys: the class of each predicted segment.</summary>
    public const string PredictedLabel = "PredictedLabel";

    /// <summary>Vector of n texts: the name of each predicted segment's class.</summary>
    public const string PredictedClass = "PredictedClass";

    /// <summary>Vector of n texts: the mask of each predicted segment, as in <see cref="Masks"/>.</summary>
    public const string PredictedMasks = "PredictedMasks";

    /// <summary>Vector of n Single: the confidence of each predicted segment.</summary>
    public const string Score = "Score";

    /// <summary>Vector of 4·n Single: the box of each predicted segment, as in <see cref="BoundingBoxes"/>.</summary>
    public const string PredictedBoundingBoxes = "PredictedBoundingBoxes";

    /// <summary>An annotation of label columns, vector of Boolean, one for each key: whether the class has countable objects (a thing) or not (stuff).</summary>
    public const string IsThing = "IsThing";
}
