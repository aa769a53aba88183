namespace MLNetVision.Imaging.Conversions;

/// <summary>The forms in which annotated pictures are written.</summary>
public enum AnnotationFormat
{
    /// <summary>COCO's instances: the segments of things, with compressed run lengths.</summary>
    CocoInstances,

    /// <summary>COCO's panoptic scenes: a JSON file and a folder of PNG masks. Segments may not overlap.</summary>
    CocoPanoptic,

    /// <summary>YOLO's polygons, with data.yaml and a copy of each picture. Crowds, which the form does not know, are left out.</summary>
    Yolo,

    /// <summary>YOLO's boxes.</summary>
    YoloBoxes,

    /// <summary>Pascal VOC's boxes and label maps, with a copy of each picture.</summary>
    Voc,

    /// <summary>Pascal VOC's boxes alone.</summary>
    VocBoxes,

    /// <summary>A PNG map of classes for each picture: a class's value is its place in classes.txt, from 0; 255 has none. Objects of a class become one region.</summary>
    Masks,
}

/// <summary>What becomes of the pictures beside annotations.</summary>
public enum PictureTransfer
{
    /// <summary>They stay where they are.</summary>
    None,

    /// <summary>They are copied.</summary>
    Copy,

    /// <summary>Symbolic links lead to them.</summary>
    Link,
}
