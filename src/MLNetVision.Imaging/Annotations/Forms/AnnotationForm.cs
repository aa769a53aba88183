namespace MLNetVision.Imaging.Annotations.Forms;

/// <summary>The forms of annotations that can be told by their files.</summary>
public enum AnnotationForm
{
    /// <summary>COCO's instances, with masks.</summary>
    CocoInstances,

    /// <summary>COCO's instances with boxes alone.</summary>
    CocoBoxes,

    /// <summary>COCO's panoptic scenes.</summary>
    CocoPanoptic,

    /// <summary>The JSON export of VoTT.</summary>
    Vott,

    /// <summary>A folder of labelme's files, or one of them.</summary>
    Labelme,

    /// <summary>A data.yaml of YOLO.</summary>
    Yolo,

    /// <summary>A folder of Pascal VOC's XML files, or one of them.</summary>
    VocBoxes,

    /// <summary>A folder of Pascal VOC's form, with the label maps of SegmentationClass.</summary>
    VocMasks,
}
